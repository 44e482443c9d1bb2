#include "app/desktop/session.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <type_traits>

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
constexpr qsizetype mostMaps = 1000;  ///< kept beside the present one

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
        if constexpr (std::is_integral_v<Number>)
            list.push_back(static_cast<Number>(entry.toInteger(-1)));
        else
            list.push_back(static_cast<Number>(entry.toDouble()));
    return list;
}

/// Rows, ascending: numbers, or where they are many one bit per row, the lowest of a byte first, in base 64.
QJsonValue rowsToJson(const std::vector<int64_t>& rows) {
    if (rows.size() <= longestList)
        return toJson(rows);
    QByteArray bits(static_cast<qsizetype>(rows.back() / 8 + 1), '\0');
    char* at = bits.data();
    for (const int64_t row : rows)
        at[row / 8] = static_cast<char>(at[row / 8] | (1 << (row % 8)));
    return QJsonObject{{"bits", QString::fromLatin1(bits.toBase64())}};
}

/// What a list does not hold, or holds too often.
struct BadList : std::invalid_argument {
    using std::invalid_argument::invalid_argument;
};

/// At most so many bytes. Throws BadList.
QByteArray bytesFromJson(const QJsonValue& value, int64_t most) {
    const QString text = value.toString();
    if (text.size() > (most + 2) / 3 * 4)
        throw BadList("it is of more objects than there are");
    auto decoded = QByteArray::fromBase64Encoding(text.toLatin1(), QByteArray::AbortOnBase64DecodingErrors);
    if (!decoded)
        throw BadList("it is damaged");
    return std::move(decoded.decoded);
}

/// Rows of so many objects, ascending. Throws BadList where they are others or one is there twice.
std::vector<int64_t> rowsFromJson(const QJsonValue& value, int64_t objects) {
    std::vector<int64_t> rows;
    if (value.isObject()) {
        const QByteArray bits = bytesFromJson(value["bits"], objects / 8 + 1);
        for (qsizetype i = 0; i < bits.size(); ++i)
            for (int bit = 0; bits[i] != 0 && bit < 8; ++bit)
                if (bits[i] & (1 << bit))
                    rows.push_back(8 * i + bit);
    } else {
        const QJsonArray array = value.toArray();
        if (array.size() > objects)
            throw BadList("it is of more objects than there are");
        rows.reserve(static_cast<size_t>(array.size()));
        for (const QJsonValue& entry : array)
            rows.push_back(entry.toInteger(-1));
        if (!std::is_sorted(rows.begin(), rows.end()))
            std::sort(rows.begin(), rows.end());
    }
    if (!rows.empty() && (rows.front() < 0 || rows.back() >= objects))
        throw BadList("it names an object that is not there");
    if (std::adjacent_find(rows.begin(), rows.end()) != rows.end())
        throw BadList("it names an object twice");
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
    if (root["kept maps"].toArray().size() > mostMaps)
        refuse(path, "it names more maps than a window shows", "open the file it was saved as");
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

QJsonObject rankingToJson(const RankingPtr& ranking) {
    if (!ranking)
        return {};
    QJsonObject object{{"name", ranking->name}};
    if (!ranking->from.empty()) {
        object["from"] = toJson(ranking->from);
        return object;
    }
    std::vector<int64_t> rows;
    std::vector<double> distances;
    for (size_t row = 0; row < ranking->distance.size(); ++row)
        if (std::isfinite(ranking->distance[row])) {
            rows.push_back(static_cast<int64_t>(row));
            distances.push_back(ranking->distance[row]);
        }
    object["rows"] = rowsToJson(rows);
    if (rows.size() <= longestList) {
        object["distances"] = toJson(distances);
    } else {
        const auto* bytes = reinterpret_cast<const char*>(distances.data());
        const QByteArray raw(bytes, static_cast<qsizetype>(distances.size() * sizeof(double)));
        object["distances"] = QJsonObject{{"doubles", QString::fromLatin1(raw.toBase64())}};
    }
    return object;
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
    const QJsonArray array = value.toArray();
    if (array.size() > objects)
        throw BadList("it is of more objects than there are");
    std::vector<Opinion> opinions;
    std::vector<bool> known(static_cast<size_t>(objects));
    for (const QJsonValue& entry : array) {
        const int64_t number = entry.toInteger(objects); // what is no whole number is no object
        const int64_t row = number < 0 ? -(number + 1) : number;
        if (row >= objects)
            throw BadList("it names an object that is not there");
        if (known[static_cast<size_t>(row)])
            throw BadList("it names an object twice");
        known[static_cast<size_t>(row)] = true;
        opinions.push_back({row, number >= 0});
    }
    return opinions;
}

std::vector<double> distancesFrom(const QJsonValue& value, int64_t objects) {
    if (!value.isObject())
        return numbers<double>(value);
    const QByteArray raw = bytesFromJson(value["doubles"], objects * static_cast<int64_t>(sizeof(double)));
    std::vector<double> distances(static_cast<size_t>(raw.size()) / sizeof(double));
    std::memcpy(distances.data(), raw.constData(), distances.size() * sizeof(double));
    return distances;
}

RankingPtr rankingFrom(const QJsonObject& object, const LatentsPtr& latents, int64_t objects) {
    if (object.isEmpty())
        return {};
    const auto from = numbers<float>(object["from"]);
    if (!from.empty()) {
        if (!latents || latents->mean.dim(1) != static_cast<int64_t>(from.size()))
            throw BadList("the open latents have another dimension");
        return nearnessTo(latents->mean, from, object["name"].toString());
    }
    auto ranking = std::make_shared<Ranking>();
    ranking->name = object["name"].toString();
    ranking->distance.assign(static_cast<size_t>(objects), std::nan(""));
    const auto rows = rowsFromJson(object["rows"], objects);
    const auto distances = distancesFrom(object["distances"], objects);
    if (rows.size() != distances.size())
        throw BadList("its distances do not add up");
    for (size_t i = 0; i < rows.size(); ++i)
        ranking->distance[static_cast<size_t>(rows[i])] = distances[i];
    return ranking;
}

} // namespace

ViewLists listsOf(const QJsonObject& view, const LatentsPtr& latents, int64_t objects) {
    ViewLists lists;
    if (objects == 0)
        return lists; // of nothing: what is missing has been said
    const auto attempt = [&lists](const char* what, const std::function<void()>& work) {
        try {
            work();
        } catch (const std::exception& error) {
            lists.notes << QString("%1 is left out: %2").arg(what, shown(error.what()));
        }
    };
    attempt("the selection", [&] { lists.selection = rowsFromJson(view["selection"], objects); });
    attempt("what was found interesting", [&] { lists.opinions = opinionsFrom(view["opinions"], objects); });
    attempt("the order of the gallery",
            [&] { lists.ranking = rankingFrom(view["ranking"].toObject(), latents, objects); });
    return lists;
}

QJsonObject viewOf(const Document& document) {
    QJsonObject view = choicesOf(document);
    view["ranking"] = rankingToJson(document.ranking());
    return view;
}

QJsonObject choicesOf(const Document& document) {
    const TraverseState& traverse = document.traverse();
    const SampleSettings& sample = document.sampleSettings();
    return {{"colouring", QJsonObject{{"kind", static_cast<int>(document.colouring().kind)},
                                      {"column", document.colouring().column}}},
            {"selection", rowsToJson(document.selection())},
            {"hidden", toJson(document.hiddenClasses())},
            {"filter", document.filter().expression},
            {"current", qint64(document.current())},
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

void applyView(Document& document, const QJsonObject& view) {
    applyView(document, view, listsOf(view, document.latents().latents, document.objectCount()));
}

void applyView(Document& document, const QJsonObject& view, const ViewLists& lists) {
    const QJsonObject colouring = view["colouring"].toObject();
    const ColourBy wanted{static_cast<ColourBy::Kind>(colouring["kind"].toInt()),
                          colouring["column"].toString()};
    for (const ColourBy& possible : document.possibleColourings())
        if (possible == wanted)
            document.setColouring(wanted);
    document.setSelection(lists.selection);
    document.setRanking(lists.ranking);
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
    document.setOpinions(lists.opinions);
    const QJsonObject sample = view["sample"].toObject();
    SampleSettings settings;
    settings.count = std::clamp<int64_t>(sample["count"].toInteger(24), 1, 4096);
    settings.components = numbers<int64_t>(sample["components"]);
    const GaussianMixture& shown =
        document.mixture().empty() ? document.samplingDensity() : document.mixture();
    std::erase_if(settings.components, [k = shown.components](int64_t c) { return c < 0 || c >= k; });
    settings.temperature = std::clamp(sample["temperature"].toDouble(1), 0.0, 10.0);
    settings.seed = sample["seed"].toString("1").toULongLong();
    document.setSampleSettings(settings);
}

} // namespace galatea
