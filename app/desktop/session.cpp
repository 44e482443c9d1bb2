#include "app/desktop/session.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>

#include "app/desktop/filtering.h"
#include "core/error.h"
#include "io/atomic_file.h"

namespace galatea {

namespace {

constexpr qint64 largestSession = 64 << 20;

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
    for (const QJsonValue& entry : value.toArray())
        list.push_back(static_cast<Number>(entry.toDouble()));
    return list;
}

QJsonObject toJson(const TransformOptions& t) {
    return {{"crop", qint64(t.crop)}, {"gray", t.gray}, {"size", qint64(t.size)}, {"rescale", t.rescale}};
}

TransformOptions transformFrom(const QJsonObject& object) {
    TransformOptions t;
    t.crop = std::clamp<int64_t>(object["crop"].toInt(), 0, 65536);
    t.gray = object["gray"].toBool();
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

} // namespace

void writeSession(const Session& session, const QString& path) {
    const QDir folder = QFileInfo(path).absoluteDir();
    auto relative = [&folder](const QString& file) {
        return file.isEmpty() ? QString() : folder.relativeFilePath(file);
    };
    const QJsonObject files{{"data", relative(session.data)},
                            {"model", relative(session.model)},
                            {"latents", relative(session.latents)},
                            {"map", relative(session.map)}};
    const QJsonObject root{{"galatea-session", Session::currentFormat},
                           {"demonstration", session.demonstration},
                           {"files", files},
                           {"transform", toJson(session.transform)},
                           {"samples", session.drewSamples},
                           {"view", session.view},
                           {"map", session.mapView},
                           {"window", session.window}};
    const QByteArray text = QJsonDocument(root).toJson();
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
    auto absolute = [&info](const QJsonValue& value) {
        const QString relative = value.toString();
        return relative.isEmpty() ? QString() : QDir::cleanPath(info.absoluteDir().filePath(relative));
    };
    Session session;
    const QJsonObject files = root["files"].toObject();
    session.demonstration = root["demonstration"].toBool();
    session.data = absolute(files["data"]);
    session.model = absolute(files["model"]);
    session.latents = absolute(files["latents"]);
    session.map = absolute(files["map"]);
    session.transform = transformFrom(root["transform"].toObject());
    session.drewSamples = root["samples"].toBool();
    session.view = root["view"].toObject();
    session.mapView = root["map"].toObject();
    session.window = root["window"].toObject();
    return session;
}

QJsonObject viewOf(const Document& document) {
    const TraverseState& traverse = document.traverse();
    const SampleSettings& sample = document.sampleSettings();
    return {{"colouring", QJsonObject{{"kind", static_cast<int>(document.colouring().kind)},
                                      {"column", document.colouring().column}}},
            {"selection", toJson(document.selection())},
            {"hidden", toJson(document.hiddenClasses())},
            {"filter", document.filter().expression},
            {"current", qint64(document.current())},
            {"traverse", QJsonObject{{"start", toJson(traverse.start)},
                                     {"point", toJson(traverse.point)},
                                     {"name", traverse.startName}}},
            {"display", toJson(document.display())},
            {"sample", QJsonObject{{"count", qint64(sample.count)},
                                   {"components", toJson(sample.components)},
                                   {"temperature", sample.temperature},
                                   {"seed", QString::number(sample.seed)}}}};
}

void applyView(Document& document, const QJsonObject& view) {
    const QJsonObject colouring = view["colouring"].toObject();
    const ColourBy wanted{static_cast<ColourBy::Kind>(std::clamp(colouring["kind"].toInt(), 0,
                                                                 static_cast<int>(ColourBy::Kind::Label))),
                          colouring["column"].toString()};
    for (const ColourBy& possible : document.possibleColourings())
        if (possible == wanted)
            document.setColouring(wanted);
    document.setSelection(numbers<int64_t>(view["selection"]));
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
