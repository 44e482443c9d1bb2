#include "app/desktop/sessions/session_parts.h"

#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>

#include "core/error.h"
#include "io/hdf5.h"
#include "io/sha256.h"

namespace galatea {

namespace {

std::string_view bytesOf(const Array& plain) {
    return {reinterpret_cast<const char*>(plain.data()), static_cast<size_t>(plain.size()) * sizeof(float)};
}

QString named(const char* kind, const QString& folder, const std::string& hash) {
    return QString("%1/%2-%3.h5").arg(folder, kind, QString::fromStdString(hash.substr(0, 16)));
}

void makeFolder(const QString& folder) {
    if (!QDir().mkpath(folder))
        throw UsageError(folder.toStdString(), "this folder cannot be made",
                         "save the session where you may write");
}

/// Files of ours that the session does not name. Others in the folder are nobody's business here.
void sweep(const Session& session, const QString& folder) {
    static const QRegularExpression ours("^(latents|map|scores)-[0-9a-f]{16}\\.h5$");
    const QStringList used = session.files().values();
    for (const QFileInfo& file : QDir(folder).entryInfoList(QDir::Files))
        if (ours.match(file.fileName()).hasMatch() && !used.contains(file.absoluteFilePath()))
            QFile::remove(file.absoluteFilePath());
    QDir().rmdir(folder); // only if nothing is left in it
}

void mark(Session& session, const QMap<QString, QString>& files) {
    for (auto at = files.begin(); at != files.end(); ++at)
        session.marks[at.key()] = markOf(at.value());
}

/// Latents as the model gave them, whatever mixture was fitted since; scores are kept apart.
Latents withoutFit(const Latents& latents, const FittedMixturePtr& given) {
    Latents plain = latents;
    plain.score.clear();
    if (given) {
        plain.responsibility = given->responsibility;
        plain.component = given->component;
    }
    return plain;
}

} // namespace

QString SessionWriter::known(const float* content, const QString& folder) const {
    for (const Written& written : arrays_)
        if (std::as_const(written.content).data() == content &&
            QFileInfo(written.file).absolutePath() == folder && QFileInfo::exists(written.file))
            return written.file;
    return {};
}

void SessionWriter::remember(Written written) {
    constexpr size_t most = 12;
    arrays_.insert(arrays_.begin(), std::move(written));
    arrays_.resize(std::min(arrays_.size(), most));
}

QString SessionWriter::keepLatents(const LatentsPtr& latents, const FittedMixturePtr& given,
                                   const QString& folder) {
    if (const QString there = known(latents->mean.data(), folder); !there.isEmpty())
        return there;
    makeFolder(folder);
    const Array plain = latents->mean.contiguousCopy();
    std::string text = latents->modelHash + latents->dataHash;
    for (const std::string& id : latents->id)
        text += id + '\n';
    const QString file = named("latents", folder, sha256(sha256(bytesOf(plain)) + sha256(text)));
    if (!QFileInfo::exists(file))
        writeLatents(withoutFit(*latents, given), file.toStdString());
    remember({latents->mean, latents, file});
    return file;
}

QString SessionWriter::keepMap(const LatentMap& map, const QString& folder) {
    if (const QString there = known(map.coordinates.data(), folder); !there.isEmpty())
        return there;
    makeFolder(folder);
    const Array plain = map.coordinates.contiguousCopy();
    const QString file =
        named("map", folder, sha256(sha256(bytesOf(plain)) + map.method + map.parameters.dump()));
    if (!QFileInfo::exists(file))
        writeMap(map, file.toStdString());
    remember({map.coordinates, {}, file});
    return file;
}

QString SessionWriter::keepScores(const LatentsPtr& scored, const QString& folder) {
    if (scores_.owner && scores_.owner == scored && QFileInfo::exists(scores_.file) &&
        QFileInfo(scores_.file).absolutePath() == folder)
        return scores_.file;
    makeFolder(folder);
    const std::string_view bytes(reinterpret_cast<const char*>(scored->score.data()),
                                 scored->score.size() * sizeof(double));
    const QString file = named("scores", folder, sha256(bytes));
    if (!QFileInfo::exists(file)) {
        Hdf5Writer writer(file.toStdString());
        writer.writeDoubles("/score", scored->score);
        writer.commit();
    }
    scores_ = {{}, scored, file};
    return file;
}

void SessionWriter::write(SessionSnapshot& snapshot, const QString& path) {
    const QString folder = QFileInfo(partsFolder(path)).absoluteFilePath();
    Session& session = snapshot.session;
    const SessionParts& parts = snapshot.parts;
    if (parts.latents)
        session.latents = keepLatents(parts.latents, parts.given, folder);
    if (parts.map)
        session.map = keepMap(*parts.map, folder);
    for (size_t i = 0; i < parts.keptMaps.size(); ++i)
        if (!parts.keptMaps[i].coordinates.empty())
            session.keptMaps[i].path = keepMap(parts.keptMaps[i], folder);
    if (parts.layer)
        session.layer = keepLatents(parts.layer, {}, folder);
    if (parts.scored && !parts.scored->score.empty())
        session.scores = keepScores(parts.scored, folder);
    if (parts.fitted)
        session.mixture = mixtureToJson(*parts.fitted);
    if (parts.ranking)
        session.view["ranking"] = rankingToJson(parts.ranking);
    mark(session, session.files());
    writeSession(session, path);
    sweep(session, folder);
}

std::vector<double> readScores(const QString& path) {
    return Hdf5Reader(path.toStdString()).readDoubles("/score");
}

} // namespace galatea
