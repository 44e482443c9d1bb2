#include "app/desktop/search.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <QFileInfo>
#include <QLocale>
#include <QRegularExpression>

#include "app/desktop/analysis.h"
#include "app/desktop/display_choice.h"
#include "core/error.h"
#include "core/expression.h"
#include "data/join.h"
#include "data/open_dataset.h"
#include "latent/neighbors.h"

namespace galatea {

namespace {

constexpr int64_t stopEvery = 1 << 16; ///< rows between looks at the stop token

/// Degrees from decimal degrees or from parts; nothing if it is neither.
std::optional<double> angle(const QString& text, bool hours) {
    bool isNumber = false;
    const double decimal = text.toDouble(&isNumber);
    if (isNumber)
        return decimal;
    const auto parts = sexagesimal(text.toStdString());
    if (!parts)
        return std::nullopt;
    return *parts * (hours ? 15 : 1);
}

/// "30", "30\"", "0.5'", "2 arcmin", "0.1 deg" in arcsec; nothing if it is no radius.
std::optional<double> radiusOf(const QString& text) {
    static const QRegularExpression form(
        QString::fromUtf8("^([0-9.]+)\\s*(\"|″|''|arcsec|s|'|′|arcmin|m|deg|°|d)?$"));
    const auto match = form.match(text.trimmed());
    bool isNumber = false;
    const double number = match.captured(1).toDouble(&isNumber);
    if (!match.hasMatch() || !isNumber || number <= 0)
        return std::nullopt;
    const QString unit = match.captured(2);
    const bool minutes = unit == "'" || unit == QString::fromUtf8("′") || unit == "arcmin" || unit == "m";
    const bool degrees = unit.startsWith('d') || unit == QString::fromUtf8("°");
    return number * (minutes ? 60 : degrees ? 3600 : 1);
}

SearchQuery skyQuery(const QString& line, double ra, double dec, std::optional<double> radius) {
    if (!(ra >= 0 && ra <= 360) || !(std::abs(dec) <= 90))
        throw UsageError(line.toStdString(), "this is no place on the sky",
                         "give right ascension from 0 to 360 degrees or 0 to 24 hours, declination "
                         "from −90 to 90");
    SearchQuery query;
    query.kind = SearchQuery::Kind::Sky;
    query.text = line;
    query.ra = ra;
    query.dec = dec;
    query.radius = radius.value_or(query.radius);
    return query;
}

/// J135912.3+021130 and the like, as objects are named by their places.
std::optional<SearchQuery> namedPlace(const QString& line) {
    static const QRegularExpression form(
        "J(\\d{2})(\\d{2})(\\d{2}(?:\\.\\d+)?)([+-]\\d{2})(\\d{2})(\\d{2}(?:\\.\\d+)?)$");
    const auto match = form.match(line);
    if (!match.hasMatch())
        return std::nullopt;
    const QString ra = match.captured(1) + ':' + match.captured(2) + ':' + match.captured(3);
    const QString dec = match.captured(4) + ':' + match.captured(5) + ':' + match.captured(6);
    const auto right = angle(ra, true), up = angle(dec, false);
    if (!right || !up)
        return std::nullopt;
    SearchQuery query = skyQuery(line, *right, *up, std::nullopt);
    query.maybeId = true;
    return query;
}

QString numbered(int64_t count, const char* one, const char* several) {
    return count == 1 ? QString("1 ") + one
                      : QLocale().toString(static_cast<qlonglong>(count)) + ' ' + several;
}

SearchAnswer findById(const SearchGround& ground, const QString& text, const StopToken& stop) {
    const std::string exact = text.toStdString();
    std::vector<int64_t> same, alike;
    for (int64_t row = 0; row < ground.objects; ++row) {
        if (row % stopEvery == 0)
            throwIfStopped(stop);
        const std::string id = ground.ids.at(row);
        if (id == exact)
            same.push_back(row);
        else if (same.empty() && QString::fromStdString(id).startsWith(text, Qt::CaseInsensitive))
            alike.push_back(row);
    }
    SearchAnswer answer;
    const QString quoted = QString::fromUtf8("“%1”").arg(shown(exact));
    const auto count = static_cast<int64_t>(alike.size());
    answer.sentence = !same.empty() ? "Found " + quoted
                      : count == 0
                          ? QString("No object's id is %1 or begins with it").arg(quoted)
                          : numbered(count, "object's id begins", "objects' ids begin") + " with " + quoted;
    auto& rows = answer.finding.rows;
    rows = same.empty() ? std::move(alike) : std::move(same);
    answer.finding.what = "find " + shown(exact);
    answer.first = rows.empty() ? -1 : rows.front();
    return answer;
}

SearchAnswer findByExpression(const SearchGround& ground, const QString& text, const StopToken& stop) {
    const Expression expression(text.toStdString(), *ground.columns);
    const RowMask mask = expression.test(ground.objects, 2, stop);
    SearchAnswer answer;
    answer.finding.rows.reserve(static_cast<size_t>(mask.kept));
    for (size_t row = 0; row < mask.keep.size(); ++row)
        if (mask.keep[row] != 0)
            answer.finding.rows.push_back(static_cast<int64_t>(row));
    const QString quoted = shown(text.toStdString());
    answer.first = answer.finding.rows.empty() ? -1 : answer.finding.rows.front();
    answer.finding.what = "find " + quoted;
    answer.sentence = (mask.kept == 0 ? QString("No object") : numbered(mask.kept, "object", "objects")) +
                      " with " + quoted;
    return answer;
}

SearchAnswer findOnSky(const SearchGround& ground, const SearchQuery& query, const StopToken& stop) {
    if (!ground.data)
        throw UsageError("search", "there is no catalogue to look in", "open the data set of these objects");
    const SkyColumns sky = findSkyColumns(ground.data->catalog(), ground.data->info().name);
    SearchAnswer answer;
    auto ranking = std::make_shared<Ranking>();
    ranking->name = "Distance on the sky (arcsec)";
    ranking->distance.assign(static_cast<size_t>(ground.objects), std::nan(""));
    double nearest = std::numeric_limits<double>::infinity(), nearestFound = nearest;
    for (size_t row = 0; row < sky.ra.size() && row < ranking->distance.size(); ++row) {
        if (row % static_cast<size_t>(stopEvery) == 0)
            throwIfStopped(stop);
        const double apart = separationArcsec(query.ra, query.dec, sky.ra[row], sky.dec[row]);
        if (!std::isfinite(apart))
            continue;
        nearest = std::min(nearest, apart);
        if (apart > query.radius)
            continue;
        ranking->distance[row] = apart;
        answer.finding.rows.push_back(static_cast<int64_t>(row));
        if (apart < nearestFound) {
            nearestFound = apart;
            answer.first = static_cast<int64_t>(row);
        }
    }
    const QString within = QString::fromUtf8("within %1″").arg(query.radius);
    if (!answer.finding.rows.empty())
        answer.sentence =
            numbered(static_cast<int64_t>(answer.finding.rows.size()), "object ", "objects ") + within;
    else if (std::isfinite(nearest))
        answer.sentence = QString::fromUtf8("No object %1; the nearest is %2″ away").arg(within).arg(nearest);
    else
        answer.sentence = "No object has a place on the sky";
    answer.finding.what = "find objects " + within;
    answer.finding.ranking = std::move(ranking);
    return answer;
}

/// The image as the model takes it: [1,C,H,W].
Array imageForModel(const ImageSearch& search) {
    const DatasetPtr file = openDataset(search.path.toStdString());
    if (file->size() == 0)
        throw InputError(search.path.toStdString(), "there is no image in it", "choose another file");
    const ModelInput& input = search.model->card().input;
    const auto fits = [&input](const DatasetInfo& info) {
        return info.channels == input.channels && info.height == input.height && info.width == input.width;
    };
    if (search.transform.any()) {
        try {
            const DatasetPtr seen = transformed(file, search.transform);
            if (fits(seen->info()))
                return seen->readRange(0, 1);
        } catch (const Error&) {
            // Of another size than the data's images: made to fit on its own.
        }
    }
    const Fit fit = fitToModel(file->info(), input);
    if (!fit.possible)
        throw InputError(search.path.toStdString(), fit.sentence.toStdString(),
                         "search by an image of the kind the model was made for");
    return (fit.transform.any() ? transformed(file, fit.transform) : file)->readRange(0, 1);
}

} // namespace

SearchQuery parseSearch(const QString& line) {
    const QString text = line.simplified();
    if (text.isEmpty())
        throw UsageError("search", "there is nothing to look for",
                         "type an id, or a position like 13:59:12 +02:11:30 30\"");
    if (const auto named = namedPlace(text))
        return *named;
    static const QRegularExpression two("^(\\d[\\d.:hms]*)[ ,]+([+-]?\\d[\\d.:dms'\"]*)(?:[ ,]+(\\S.*))?$");
    static const QRegularExpression six(
        "^(\\d{1,2} \\d{1,2} [\\d.]+)[ ,]+([+-]?\\d{1,2} \\d{1,2} [\\d.]+)(?:[ ,]+(\\S.*))?$");
    for (const QRegularExpression& form : {six, two}) {
        const auto match = form.match(text);
        if (!match.hasMatch())
            continue;
        const auto ra = angle(match.captured(1), true), dec = angle(match.captured(2), false);
        const bool bare = match.captured(3).isEmpty();
        const auto radius = bare ? std::nullopt : radiusOf(match.captured(3));
        if (ra && dec && (bare || radius))
            return skyQuery(text, *ra, *dec, radius);
    }
    static const QRegularExpression comparison("[<>=!&|]|^\\w+ ?\\(.*\\)$");
    SearchQuery query;
    query.text = text;
    if (comparison.match(text).hasMatch())
        query.kind = SearchQuery::Kind::Expression;
    return query;
}

SearchGround::SearchGround(const Document& document)
    : data(document.hasImages() ? document.data().data : nullptr), latents(document.latents().latents),
      columns(document.columns()), ids(ObjectIds::of(document)), objects(document.objectCount()) {}

bool SearchGround::isOf(const Document& document) const {
    const SearchGround now(document);
    const bool sameLatents = now.latents && latents && now.latents->mean.data() == latents->mean.data();
    return now.objects == objects && now.data == data && (latents ? sameLatents : data != nullptr);
}

SearchAnswer findObjects(const SearchGround& ground, const SearchQuery& query, const StopToken& stop) {
    switch (query.kind) {
    case SearchQuery::Kind::Sky:
        if (query.maybeId)
            if (SearchAnswer named = findById(ground, query.text, stop); !named.finding.rows.empty())
                return named;
        return findOnSky(ground, query, stop);
    case SearchQuery::Kind::Expression:
        return findByExpression(ground, query.text, stop);
    case SearchQuery::Kind::Id:
        break;
    }
    return findById(ground, query.text, stop);
}

RankingPtr nearnessTo(const Array& z, const std::vector<float>& from, const QString& name) {
    auto ranking = std::make_shared<Ranking>();
    ranking->name = name;
    ranking->from = from;
    ranking->distance.reserve(static_cast<size_t>(z.dim(0)));
    const Array plain = z.contiguousCopy();
    const float* at = plain.data();
    for (int64_t row = 0; row < z.dim(0); ++row) {
        double square = 0;
        for (const float place : from) {
            const double apart = double(*at++) - place;
            square += apart * apart;
        }
        ranking->distance.push_back(std::sqrt(square));
    }
    return ranking;
}

SearchAnswer findNearest(const SearchGround& ground, const std::vector<float>& latent, int64_t row,
                         const QString& what, int64_t count, const StopToken& stop) {
    if (!ground.latents)
        throw UsageError("search", "the objects have no latents to be near in",
                         "open a model that can encode them, or their latents");
    const auto found =
        nearestNeighbors(ground.latents->mean, asRow(latent).row(0), std::max<int64_t>(1, count), -1, stop);
    SearchAnswer answer;
    for (const Neighbor& neighbour : found)
        answer.finding.rows.push_back(neighbour.row);
    answer.first = row >= 0 ? row : answer.finding.rows.empty() ? -1 : answer.finding.rows.front();
    answer.finding.ranking = nearnessTo(ground.latents->mean, latent, "Distance to " + what);
    answer.finding.what = "find what is nearest to " + what;
    answer.sentence =
        QString("The %1 nearest to %2")
            .arg(numbered(static_cast<int64_t>(answer.finding.rows.size()), "object", "objects"), what);
    return answer;
}

SearchAnswer findByImage(const ImageSearch& search, const StopToken& stop) {
    if (!search.model || !search.model->card().can("encode"))
        throw ModelError(search.model ? search.model->card().name : "search",
                         "there is no model that can encode the image", "open one that can");
    const Array image = imageForModel(search);
    throwIfStopped(stop);
    const Array z = search.model->encode(image).mean.row(0).contiguousCopy();
    const std::vector<float> latent(z.values().begin(), z.values().end());
    if (!std::all_of(latent.begin(), latent.end(), [](float value) { return std::isfinite(value); }))
        throw ModelError(search.model->card().name, "gives no finite latents for this image",
                         "check the image's values");
    const QString what = "the image " + shown(QFileInfo(search.path).fileName().toStdString());
    SearchAnswer answer = findNearest(search.ground, latent, -1, what, search.count, stop);
    answer.finding.place = {latent, latent, what};
    return answer;
}

} // namespace galatea
