#include "app/desktop/session.h"

#include <algorithm>
#include <cmath>

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>

#include "app/desktop/filtering.h"
#include "app/desktop/search.h"
#include "core/error.h"
#include "io/atomic_file.h"

namespace galatea {

namespace {

constexpr qint64 largestSession = 256 << 20;
constexpr size_t longestList = 20000; ///< of rows as numbers; more are bits

template <class Numbers>
QJsonArray toJson(const Numbers& numbers) {
    QJsonArray array;
    for (const auto number : numbers)
        array.append(static_cast<double>(number));
    return array;
}

template <class Number>
std::vector<Number> numbers(const QJsonValue& value) {
    std::vector<Number> list;
    const QJsonArray array = value.toArray();
    list.reserve(static_cast<size_t>(array.size()));
    for (const QJsonValue& entry : array)
        list.push_back(static_cast<Number>(entry.toDouble()));
    return list;
}

/// Rows, ascending: numbers, or where they are many one bit per row, the lowest of a byte first, in base 64.
QJsonValue rowsToJson(const std::vector<int64_t>& rows) {
    if (rows.size() <= longestList)
        return toJson(rows);
    QByteArray bits(static_cast<qsizetype>(rows.back() / 8 + 1), '\0');
    for (const int64_t row : rows)
        bits[static_cast<qsizetype>(row / 8)] =
            static_cast<char>(bits[static_cast<qsizetype>(row / 8)] | (1 << (row % 8)));
    return QJsonObject{{"bits", QString::fromLatin1(bits.toBase64())}};
}

std::vector<int64_t> rowsFromJson(const QJsonValue& value) {
    if (!value.isObject())
        return numbers<int64_t>(value);
    const QByteArray bits = QByteArray::fromBase64(value["bits"].toString().toLatin1());
    std::vector<int64_t> rows;
    for (qsizetype i = 0; i < bits.size(); ++i)
        for (int bit = 0; bit < 8; ++bit)
            if (bits[i] & (1 << bit))
                rows.push_back(8 * i + bit);
    return rows;
}

QJsonObject toJson(const TransformOptions& t) {
    return {{"crop", qint64(t.crop)},
            {"gray", t.gray},
            {"average", qint64(t.average)},
            {"size", qint64(t.size)},
            {"rescale", t.rescale}};
}

TransformOptions transformFrom(const QJsonObject& object) {
    TransformOptions t;
    t.crop = std::clamp<int64_t>(object["crop"].toInt(), 0, 65536);
    t.gray = object["gray"].toBool();
    t.average = std::clamp<int64_t>(object["average"].toInt(1), 1, 4096);
    t.size = std::clamp<int64_t>(object["size"].toInt(), 0, 4096);
    t.rescale = object["rescale"].toBool();
    return t;
}

QJsonObject toJson(const DisplaySettings& d) {
    return {{"stretch", stretchName(d.rendering.stretch)},
            {"cuts", cutsName(d.rendering.cuts)},
            {"low", d.rendering.fixed.low},
            {"high", d.rendering.fixed.high},
            {"percentile", d.rendering.percentile},
            {"map", colourMapName(d.rendering.map)},
            {"red", d.composite.red},
            {"green", d.composite.green},
            {"blue", d.composite.blue}};
}

DisplaySettings displayFrom(const QJsonObject& object, DisplaySettings display) {
    parseStretch(object["stretch"].toString(), display.rendering.stretch);
    parseCuts(object["cuts"].toString(), display.rendering.cuts);
    parseColourMap(object["map"].toString(), display.rendering.map);
    display.rendering.fixed = {object["low"].toDouble(0), object["high"].toDouble(1)};
    display.rendering.percentile = std::clamp(object["percentile"].toDouble(99.5), 50.0, 100.0);
    display.composite.red = object["red"].toInt(display.composite.red);
    display.composite.green = object["green"].toInt(display.composite.green);
    display.composite.blue = object["blue"].toInt(display.composite.blue);
    return display;
}

QJsonObject toJson(const RankingPtr& ranking) {
    if (!ranking)
        return {};
    QJsonObject object{{"name", ranking->name}};
    if (!ranking->from.empty()) {
        object["from"] = toJson(ranking->from);
        return object;
    }
    QJsonArray rows, distances;
    for (size_t row = 0; row < ranking->distance.size(); ++row)
        if (std::isfinite(ranking->distance[row])) {
            rows.append(static_cast<qint64>(row));
            distances.append(ranking->distance[row]);
        }
    object["rows"] = rows;
    object["distances"] = distances;
    return object;
}

[[noreturn]] void refuse(const QString& path, const char* fault, const char* cure) {
    throw InputError(path.toStdString(), fault, cure);
}

const QStringList& kinds() {
    static const QStringList all{"data", "model", "latents", "map", "scores", "layer"};
    return all;
}

QJsonObject toJson(const GaussianMixture& mix) {
    QJsonObject object{{"components", qint64(mix.components)},
                       {"dimensions", qint64(mix.dimensions)},
                       {"weights", toJson(mix.weights)},
                       {"means", toJson(mix.means)},
                       {"variances", toJson(mix.variances)}};
    if (!mix.covariances.empty())
        object["covariances"] = toJson(mix.covariances);
    return object;
}

GaussianMixture mixtureOf(const QJsonObject& object) {
    GaussianMixture mix;
    mix.components = object["components"].toInteger();
    mix.dimensions = object["dimensions"].toInteger();
    mix.weights = numbers<double>(object["weights"]);
    mix.means = numbers<double>(object["means"]);
    mix.variances = numbers<double>(object["variances"]);
    mix.covariances = numbers<double>(object["covariances"]);
    mix.check();
    return mix;
}

QString kindOfKept(size_t index) {
    return QString("map %1").arg(index + 2); // the present one is the first
}

QJsonObject filesToJson(const Session& session, const QDir& folder) {
    QJsonObject files;
    const QMap<QString, QString> paths = session.files();
    for (auto at = paths.begin(); at != paths.end(); ++at) {
        QJsonObject file{{"path", folder.relativeFilePath(at.value())}};
        if (const FileMark mark = session.marks.value(at.key()); mark.known()) {
            file["bytes"] = mark.bytes;
            file["fingerprint"] = mark.fingerprint;
        }
        files[at.key()] = file;
    }
    return files;
}

/// Format 1 had the path alone where now an object stands.
void readFiles(const QJsonObject& files, const QDir& folder, Session& session) {
    QStringList all = kinds();
    for (size_t i = 0; i < session.keptMaps.size(); ++i)
        all << kindOfKept(i);
    for (const QString& kind : all) {
        const QJsonValue value = files[kind];
        const QString relative = value.isObject() ? value["path"].toString() : value.toString();
        if (relative.isEmpty())
            continue;
        *session.file(kind) = QDir::cleanPath(folder.absoluteFilePath(relative));
        if (value.isObject() && value["bytes"].isDouble())
            session.marks[kind] = {value["bytes"].toInteger(), value["fingerprint"].toString()};
    }
}

} // namespace

QMap<QString, QString> Session::files() const {
    QMap<QString, QString> all{{"data", data}, {"model", model},   {"latents", latents},
                               {"map", map},   {"scores", scores}, {"layer", layer}};
    for (size_t i = 0; i < keptMaps.size(); ++i)
        all[kindOfKept(i)] = keptMaps[i].path;
    all.removeIf([](const auto& entry) { return entry.value().isEmpty(); });
    return all;
}

QString* Session::file(const QString& kind) {
    for (size_t i = 0; i < keptMaps.size(); ++i)
        if (kind == kindOfKept(i))
            return &keptMaps[i].path;
    QString* all[] = {&data, &model, &latents, &map, &scores, &layer};
    const qsizetype at = kinds().indexOf(kind);
    return at < 0 ? nullptr : all[at];
}

QJsonObject sessionToJson(const Session& session, const QString& path) {
    const QDir folder = QFileInfo(path).absoluteDir();
    QJsonObject root{{"galatea-session", Session::currentFormat},
                     {"demonstration", session.demonstration},
                     {"files", filesToJson(session, folder)},
                     {"transform", toJson(session.transform)},
                     {"samples", session.drewSamples},
                     {"mixture", session.mixture},
                     {"components", session.components},
                     {"layer", session.layerLook},
                     {"view", session.view},
                     {"map", session.mapView},
                     {"window", session.window},
                     {"panels", session.panels},
                     {"extras", session.extras}};
    QJsonArray names;
    for (const Session::NamedMap& kept : session.keptMaps)
        names.append(kept.name);
    root["kept maps"] = names;
    if (session.recoveredAt.isValid())
        root["recovery"] = QJsonObject{{"session", session.recoveredFrom},
                                       {"time", session.recoveredAt.toUTC().toString(Qt::ISODate)}};
    return root;
}

void writeSession(const Session& session, const QString& path) {
    const QByteArray text = QJsonDocument(sessionToJson(session, path)).toJson();
    AtomicFile file(path.toStdString());
    file.write(std::string_view(text.constData(), static_cast<size_t>(text.size())));
    file.commit();
}

Session readSession(const QString& path) {
    QFile file(path);
    const QFileInfo info(path);
    if (!info.isFile() || !file.open(QIODevice::ReadOnly))
        refuse(path, "this session cannot be read", "check the name and your permission to read it");
    if (file.size() > largestSession)
        refuse(path, "this is too large for a session", "open the file it was saved as");
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(file.readAll(), &error);
    const QJsonObject root = document.object();
    if (error.error != QJsonParseError::NoError || !root.contains("galatea-session"))
        refuse(path, "this is not a session of Galatea, or it is damaged", "choose another file");
    if (root["galatea-session"].toInt() > Session::currentFormat)
        refuse(path, "this session was written by a newer version", "update Galatea");
    Session session;
    for (const QJsonValue& kept : root["kept maps"].toArray())
        session.keptMaps.push_back({kept.toString(), {}});
    readFiles(root["files"].toObject(), info.absoluteDir(), session);
    session.demonstration = root["demonstration"].toBool();
    session.transform = transformFrom(root["transform"].toObject());
    session.drewSamples = root["samples"].toBool();
    session.mixture = root["mixture"].toObject();
    session.components = root["components"].toArray();
    session.layerLook = root["layer"].toObject();
    session.view = root["view"].toObject();
    session.mapView = root["map"].toObject();
    session.window = root["window"].toObject();
    session.panels = root["panels"].toObject();
    session.extras = root["extras"].toObject();
    const QJsonObject recovery = root["recovery"].toObject();
    session.recoveredFrom = recovery["session"].toString();
    session.recoveredAt = QDateTime::fromString(recovery["time"].toString(), Qt::ISODate);
    return session;
}

QString partsFolder(const QString& sessionPath) {
    return sessionPath + ".d";
}

bool isPart(const QString& file, const QString& sessionPath) {
    return !file.isEmpty() && !sessionPath.isEmpty() &&
           QFileInfo(file).absolutePath() == QFileInfo(partsFolder(sessionPath)).absoluteFilePath();
}

QJsonObject mixtureToJson(const FittedMixture& fitted) {
    QJsonObject object = toJson(fitted.mixture);
    object["how"] = fitted.how;
    if (!fitted.parts.empty()) {
        object["parts"] = toJson(fitted.parts);
        object["part of"] = toJson(fitted.partOf);
    }
    return object;
}

std::optional<StoredFit> mixtureFromJson(const QJsonObject& object) {
    if (object.isEmpty())
        return std::nullopt;
    StoredFit stored{mixtureOf(object), {}, numbers<int64_t>(object["part of"]), object["how"].toString()};
    if (object.contains("parts")) {
        stored.parts = mixtureOf(object["parts"].toObject());
        const auto within = [k = stored.mixture.components](int64_t part) { return part >= 0 && part < k; };
        if (static_cast<int64_t>(stored.partOf.size()) != stored.parts.components ||
            !std::all_of(stored.partOf.begin(), stored.partOf.end(), within))
            throw std::invalid_argument("its merged components do not add up");
    }
    return stored;
}

namespace {

/// Each as the object's row, negative (−row − 1) where it is not interesting.
QJsonArray toJson(const std::vector<Opinion>& opinions) {
    QJsonArray array;
    for (const Opinion& opinion : opinions)
        array.append(qint64(opinion.interesting ? opinion.row : -opinion.row - 1));
    return array;
}

std::vector<Opinion> opinionsFrom(const QJsonValue& value, int64_t objects) {
    std::vector<Opinion> opinions;
    for (const int64_t entry : numbers<int64_t>(value)) {
        const int64_t row = entry < 0 ? -(entry + 1) : entry;
        const bool known = std::any_of(opinions.begin(), opinions.end(),
                                       [row](const Opinion& opinion) { return opinion.row == row; });
        if (row < objects && !known)
            opinions.push_back({row, entry >= 0});
    }
    return opinions;
}

} // namespace

QJsonObject viewOf(const Document& document) {
    const TraverseState& traverse = document.traverse();
    const SampleSettings& sample = document.sampleSettings();
    return {{"colouring", QJsonObject{{"kind", static_cast<int>(document.colouring().kind)},
                                      {"column", document.colouring().column}}},
            {"selection", rowsToJson(document.selection())},
            {"hidden", toJson(document.hiddenClasses())},
            {"filter", document.filter().expression},
            {"current", qint64(document.current())},
            {"ranking", toJson(document.ranking())},
            {"traverse", QJsonObject{{"start", toJson(traverse.start)},
                                     {"point", toJson(traverse.point)},
                                     {"name", traverse.startName}}},
            {"display", toJson(document.display())},
            {"opinions", toJson(document.opinions())},
            {"sample", QJsonObject{{"count", qint64(sample.count)},
                                   {"components", toJson(sample.components)},
                                   {"temperature", sample.temperature},
                                   {"seed", QString::number(sample.seed)}}}};
}

RankingPtr rankingOf(const QJsonObject& view, const LatentsPtr& latents, int64_t objects) {
    const QJsonObject object = view["ranking"].toObject();
    if (object.isEmpty())
        return {};
    const auto from = numbers<float>(object["from"]);
    if (!from.empty())
        return latents && latents->mean.dim(1) == static_cast<int64_t>(from.size())
                   ? nearnessTo(latents->mean, from, object["name"].toString())
                   : RankingPtr();
    auto ranking = std::make_shared<Ranking>();
    ranking->name = object["name"].toString();
    ranking->distance.assign(static_cast<size_t>(objects), std::nan(""));
    const auto rows = numbers<int64_t>(object["rows"]);
    const auto distances = numbers<double>(object["distances"]);
    for (size_t i = 0; i < std::min(rows.size(), distances.size()); ++i)
        if (rows[i] >= 0 && rows[i] < objects)
            ranking->distance[static_cast<size_t>(rows[i])] = distances[i];
    return ranking;
}

void applyView(Document& document, const QJsonObject& view, const RankingPtr& ranking) {
    const QJsonObject colouring = view["colouring"].toObject();
    const ColourBy wanted{static_cast<ColourBy::Kind>(colouring["kind"].toInt()),
                          colouring["column"].toString()};
    for (const ColourBy& possible : document.possibleColourings())
        if (possible == wanted)
            document.setColouring(wanted);
    document.setSelection(rowsFromJson(view["selection"]));
    document.setRanking(ranking ? ranking
                                : rankingOf(view, document.latents().latents, document.objectCount()));
    const auto hidden = numbers<int>(view["hidden"]);
    document.setHiddenClasses({hidden.begin(), hidden.end()});
    restoreFilter(document, view["filter"].toString());
    document.setCurrent(view["current"].toInteger(-1));
    const QJsonObject traverse = view["traverse"].toObject();
    TraverseState state{numbers<float>(traverse["start"]), numbers<float>(traverse["point"]),
                        traverse["name"].toString()};
    const size_t width = document.traverse().point.size();
    if (state.start.size() == width && state.point.size() == width)
        document.setTraverse(state);
    document.setDisplay(displayFrom(view["display"].toObject(), document.display()));
    document.setOpinions(opinionsFrom(view["opinions"], document.objectCount()));
    const QJsonObject sample = view["sample"].toObject();
    SampleSettings settings;
    settings.count = std::clamp<int64_t>(sample["count"].toInteger(24), 1, 4096);
    settings.components = numbers<int64_t>(sample["components"]);
    std::erase_if(settings.components,
                  [k = document.mixture().components](int64_t c) { return c < 0 || c >= k; });
    settings.temperature = std::clamp(sample["temperature"].toDouble(1), 0.0, 10.0);
    settings.seed = sample["seed"].toString("1").toULongLong();
    document.setSampleSettings(settings);
}

} // namespace galatea
