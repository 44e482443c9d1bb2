#include "data/survey/source_catalog.h"

#include <cmath>
#include <functional>
#include <limits>
#include <numbers>
#include <utility>

namespace galatea::survey {

namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr double degrees = 180 / std::numbers::pi;

class TableMaker {
  public:
    TableMaker(const std::vector<MeasuredSource>& sources, const CatalogStyle& style)
        : sources_(sources), style_(style) {}

    Table make() {
        addNames();
        addPositions();
        addShapes();
        for (size_t band = 0; band < style_.bands.size(); ++band)
            addBand(band);
        return std::move(table_);
    }

  private:
    using Value = std::function<double(const MeasuredSource&)>;

    void add(const std::string& name, const char* unit, const std::string& ucd, const char* text,
             const Value& of) {
        std::vector<double> values;
        values.reserve(sources_.size());
        for (const MeasuredSource& source : sources_)
            values.push_back(of(source));
        table_.set({name, std::move(values), unit, ucd, text});
    }

    void addWhole(const std::string& name, const char* ucd, const char* text,
                  const std::function<int64_t(const MeasuredSource&)>& of) {
        std::vector<int64_t> values;
        for (const MeasuredSource& source : sources_)
            values.push_back(of(source));
        table_.set({name, std::move(values), "", ucd, text});
    }

    void addNames() {
        std::vector<std::string> ids, fields;
        for (const MeasuredSource& source : sources_) {
            std::string number = std::to_string(source.number);
            number.insert(0, number.size() < 5 ? 5 - number.size() : 0, '0');
            ids.push_back(source.field + "-" + number);
            fields.push_back(source.field);
        }
        table_.set({"id", std::move(ids), "", "meta.id;meta.main", "field and number of the source in it"});
        table_.set({"field", std::move(fields), "", "meta.id;obs.field", "field of the survey"});
    }

    void addPositions() {
        add("x", "pix", "pos.cartesian.x;instr.pixel", "column in the reference frame, centre of the first 0",
            [](const auto& s) { return s.x; });
        add("y", "pix", "pos.cartesian.y;instr.pixel", "row in the reference frame, centre of the first 0",
            [](const auto& s) { return s.y; });
        if (!style_.anySky)
            return;
        add("ra", "deg", "pos.eq.ra;meta.main", "right ascension",
            [](const auto& s) { return s.sky ? s.sky->ra : nan; });
        add("dec", "deg", "pos.eq.dec;meta.main", "declination",
            [](const auto& s) { return s.sky ? s.sky->dec : nan; });
    }

    void addShapes() {
        const auto known = [](const MeasuredSource& s, double value) { return s.a > 0 ? value : nan; };
        add("a", "pix", "phys.angSize.smajAxis",
            "semi-major axis: standard deviation of the light within the isophote",
            [=](const auto& s) { return known(s, s.a); });
        add("b", "pix", "phys.angSize.sminAxis", "semi-minor axis",
            [=](const auto& s) { return known(s, s.b); });
        add("ellipticity", "", "src.ellipticity", "1 - b/a",
            [=](const auto& s) { return known(s, 1 - s.b / s.a); });
        add("theta", "deg", "pos.posAng;instr.pixel", "major axis from +x to +y, -90 to 90",
            [=](const auto& s) { return known(s, folded(s.theta * degrees)); });
        if (style_.anySky)
            add("position_angle", "deg", "pos.posAng", "major axis from north to east, -90 to 90",
                [=](const auto& s) { return s.sky ? known(s, positionAngle(s)) : nan; });
        add("area", "pix2", "phys.angArea", "isophotal area",
            [=](const auto& s) { return known(s, s.area); });
        add("kron_radius", "pix", "phys.angSize;src",
            "semi-major axis of the automatic aperture (2.5 Kron radii)",
            [=](const auto& s) { return known(s, s.kronRadius); });
        add("half_light_radius", "pix", "phys.angSize;src",
            "circle with half of the Kron flux, reference band",
            [](const auto& s) { return s.halfLightRadius; });
        if (style_.pixelScale > 0)
            add("half_light_radius_arcsec", "arcsec", "phys.angSize;src", "circle with half of the Kron flux",
                [scale = style_.pixelScale](const auto& s) { return s.halfLightRadius * scale; });
        add("signal_to_noise", "", "stat.snr",
            "Kron flux of the reference band over the sky's noise in its aperture",
            [](const auto& s) { return s.signalToNoise; });
        add("coverage", "", "", "part of the cut-out that has pixels, least of all bands",
            [](const auto& s) { return s.coverage; });
        addWhole("flags", "meta.code",
                 "1 deblended, 2 cut, 16 32 64 128 apertures, 256 edge, 512 bad, 1024 crowded, "
                 "2048 undetected",
                 [](const auto& s) { return s.flags; });
    }

    static double folded(double angle) { return angle - 180 * std::round(angle / 180); }

    /// theta runs from +x; +y is 90°; north is northAngle further on from +y.
    static double positionAngle(const MeasuredSource& source) {
        const double fromNorth = source.theta * degrees - 90 - source.northAngle;
        return folded(source.mirrored ? -fromNorth : fromNorth);
    }

    void addBand(size_t band) {
        const std::string name = style_.bands[band], em = ucdOfBand(name);
        const std::string at = em.empty() ? "" : ";" + em;
        const char* unit = style_.fluxUnit.c_str();
        const auto flux = [&](const char* kind, const char* text, double BandFluxes::*value,
                              double BandFluxes::*error) {
            add("flux_" + std::string(kind) + "_" + name, unit, "phot.flux" + at, text,
                [=](const auto& s) { return s.bands[band].*value; });
            add("flux_" + std::string(kind) + "_err_" + name, unit, "stat.error;phot.flux" + at,
                "of the sky's noise alone", [=](const auto& s) { return s.bands[band].*error; });
            if (const auto zero = style_.zeroPoints[band])
                add("mag_" + std::string(kind) + "_" + name, "mag", "phot.mag" + at, text,
                    [=](const auto& s) { return magnitude(s.bands[band].*value, *zero); });
        };
        flux("iso", "within the isophote of the reference band", &BandFluxes::isophotal,
             &BandFluxes::isophotalError);
        flux("auto", "within the Kron ellipse of the reference band", &BandFluxes::kron,
             &BandFluxes::kronError);
        flux("aper", "within a circle", &BandFluxes::aperture, &BandFluxes::apertureError);
    }

    const std::vector<MeasuredSource>& sources_;
    const CatalogStyle& style_;
    Table table_;
};

} // namespace

double magnitude(double flux, double zeroPoint) {
    return flux > 0 ? zeroPoint - 2.5 * std::log10(flux) : nan;
}

std::string ucdOfBand(const std::string& band) {
    static const std::vector<std::pair<std::string, std::string>> known{
        {"FUV", "em.UV.100-200nm"}, {"NUV", "em.UV.200-300nm"}, {"u", "em.opt.U"}, {"U", "em.opt.U"},
        {"B", "em.opt.B"},          {"g", "em.opt.B"},          {"V", "em.opt.V"}, {"r", "em.opt.R"},
        {"R", "em.opt.R"},          {"i", "em.opt.I"},          {"I", "em.opt.I"}, {"z", "em.opt.I"},
        {"Z", "em.opt.I"},          {"y", "em.IR.J"},           {"Y", "em.IR.J"},  {"J", "em.IR.J"},
        {"H", "em.IR.H"},           {"K", "em.IR.K"},           {"Ks", "em.IR.K"}, {"W1", "em.IR.3-4um"},
        {"W2", "em.IR.4-8um"}};
    for (const auto& [name, ucd] : known)
        if (name == band)
            return ucd;
    return {};
}

Table sourceTable(const std::vector<MeasuredSource>& sources, const CatalogStyle& style) {
    return TableMaker(sources, style).make();
}

} // namespace galatea::survey
