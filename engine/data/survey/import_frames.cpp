#include "data/survey/import_frames.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>

#include "core/error.h"
#include "core/parallel.h"
#include "core/text.h"
#include "data/catalog.h"
#include "data/dataset_file.h"
#include "data/survey/field_cutter.h"
#include "io/atomic_file.h"

namespace galatea::survey {

namespace fs = std::filesystem;

namespace {

constexpr double nanomaggyZeroPoint = 22.5;
constexpr int64_t batchBytes = int64_t{64} << 20;

/// The unit that all fields' cut-outs share; decided by the first field.
class CommonUnit {
  public:
    CommonUnit(const SurveyOptions& options) : given_(zeroPointsOf(options)), native_(options.nativeUnits) {}

    std::vector<BandUnit> unitsOf(const LoadedField& field) {
        std::vector<std::optional<double>> points;
        for (const LoadedBand& band : field.bands())
            points.push_back(pointOf(band.frame));
        if (!decided_)
            decide(field, points);
        std::vector<BandUnit> units;
        for (size_t i = 0; i < points.size(); ++i) {
            const Frame& frame = field.bands()[i].frame;
            if (points_[i].has_value() != points[i].has_value())
                throw InputError(frame.path,
                                 "its zero point is unknown while other fields' are known, or the reverse",
                                 "give zero points with --zero-points, or import it by itself");
            if (!points_[i] && frame.unit != units_[i])
                throw InputError(frame.path,
                                 "its unit '" + escaped(frame.unit) + "' is not the first field's '" +
                                     escaped(units_[i]) + "'",
                                 "import it by itself");
            BandUnit unit;
            unit.zeroPoint = points_[i];
            unit.factor =
                field.bands()[i].scale * (points[i] ? std::pow(10.0, 0.4 * (*points_[i] - *points[i])) : 1);
            units.push_back(unit);
        }
        return units;
    }

    const std::string& unit() const { return unit_; }
    const std::vector<std::optional<double>>& zeroPoints() const { return points_; }

  private:
    std::optional<double> pointOf(const Frame& frame) const {
        const auto given = given_.find(frame.band);
        return given != given_.end() ? std::optional(given->second) : frame.zeroPoint;
    }

    void decide(const LoadedField& field, const std::vector<std::optional<double>>& points) {
        decided_ = true;
        const bool allKnown =
            std::all_of(points.begin(), points.end(), [](const auto& p) { return p.has_value(); });
        points_ = points;
        for (const LoadedBand& band : field.bands())
            units_.push_back(band.frame.unit);
        if (allKnown && !native_) {
            points_.assign(points.size(), nanomaggyZeroPoint);
            unit_ = "nanomaggy";
        } else if (std::all_of(units_.begin(), units_.end(),
                               [&](const auto& u) { return u == units_.front(); })) {
            unit_ = units_.front();
        }
    }

    std::map<std::string, double> given_;
    bool native_, decided_ = false;
    std::string unit_;
    std::vector<std::string> units_;
    std::vector<std::optional<double>> points_;
};

class FrameImporter {
  public:
    FrameImporter(const std::vector<std::string>& sources, const std::string& output,
                  const SurveyOptions& options, const StopToken& stop, ProgressSink& progress)
        : sources_(sources), output_(output), options_(options), stop_(stop), progress_(progress),
          unit_(options) {
        check(options_);
        requireWritable(output_);
        if (!options_.join.path.empty())
            join_.emplace(options_.join);
        if (!options_.positions.empty()) {
            positions_ = std::make_unique<PositionList>(options_.positions);
            for (const std::string& note : positions_->notes())
                warn(options_.positions + ": " + note);
        }
    }

    SurveyReport run() {
        progress_.update({"looking at the frames", 0, 0, "fields", ""});
        FrameList frames = findFrames(sources_, files_);
        for (Frame& frame : frames.frames)
            if (const auto said = options_.bandOf.find(frame.path); said != options_.bandOf.end())
                frame.band = said->second;
        fields_ = groupFields(std::move(frames), options_.bands, files_);
        checkZeroPointNames();
        for (const std::string& note : fields_.notes)
            warn(note);
        for (const FileProblem& problem : fields_.problems)
            leaveOut(problem.path, problem.problem);
        report_.reference = fields_.bands[referenceBand(fields_.bands, options_.reference)];
        for (const Field& field : fields_.fields)
            importField(field);
        if (report_.images == 0)
            throwNothingLeft();
        throwIfStopped(stop_);
        writer_->setWcs(std::move(wcs_));
        Table table = catalog();
        if (join_)
            table = join_->apply(table, info_.name, report_.join.emplace(), stop_);
        writer_->finish(table);
        report_.info = info_;
        return std::move(report_);
    }

  private:
    void warn(const std::string& message) { report_.warnings.push_back(escaped(message)); }

    void leaveOut(const std::string& path, const std::string& why) {
        report_.problems.push_back({path, why});
        warn(path + ": " + why);
    }

    void checkZeroPointNames() const {
        for (const auto& [band, point] : zeroPointsOf(options_))
            if (std::find(fields_.bands.begin(), fields_.bands.end(), band) == fields_.bands.end())
                throw UsageError("zero point " + band, "no such band is imported",
                                 "the bands are " + joined(fields_.bands, ", "));
    }

    void tell(const Field& field, const std::string& what) {
        progress_.update({"importing", static_cast<int64_t>(report_.fields.size()),
                          static_cast<int64_t>(fields_.fields.size()), "fields", field.name + ": " + what});
    }

    void importField(const Field& field) {
        throwIfStopped(stop_);
        const auto began = std::chrono::steady_clock::now();
        tell(field, "reading");
        FieldReport report;
        report.name = field.name;
        try {
            FieldOptions how;
            how.reference = report_.reference;
            how.detectOn = options_.detectOn;
            how.background = options_.background;
            how.detection = options_.detection;
            how.refine = options_.refine;
            how.margin = options_.size;
            how.threads = options_.threads;
            const LoadedField loaded(field, how, files_, stop_);
            for (const std::string& note : loaded.notes())
                warn(note);
            for (const LoadedBand& band : loaded.bands()) {
                if (band.starsUsed > 0)
                    report.moved[band.frame.band] = {band.moved.x, band.moved.y};
                report.sky[band.frame.band] = static_cast<double>(band.background->level()) * band.scale;
                report.noise[band.frame.band] = static_cast<double>(band.background->noise()) * band.scale;
            }
            cutField(field, loaded, report);
        } catch (const InputError& error) {
            if (!firstFault_)
                firstFault_ = error;
            leaveOut(error.subject().empty() ? field.name : error.subject(), error.fault());
        }
        report.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
        report_.fields.push_back(std::move(report));
    }

    void begin(const LoadedField& field) {
        info_.name = fs::path(output_).stem().string();
        info_.source = fs::absolute(sources_.front()).string();
        info_.channels = static_cast<int64_t>(field.bands().size());
        info_.height = info_.width = options_.size;
        info_.bands = fields_.bands;
        info_.unit = unit_.unit();
        info_.bottomUp = true; // frames are FITS
        if (const auto& wcs = field.reference().frame.wcs)
            info_.pixelScale = wcs->pixelScale();
        writer_ = std::make_unique<DatasetWriter>(output_, info_);
    }

    void cutField(const Field& field, const LoadedField& loaded, FieldReport& report) {
        const FieldCutter cutter(loaded, options_, unit_.unitsOf(loaded));
        const std::vector<Target> targets =
            positions_ ? cutter.given(positions_->on(field, loaded.reference().frame)) : cutter.detected();
        report.found = static_cast<int64_t>(targets.size());
        if (targets.empty())
            return warn(field.name +
                        (positions_ ? ": no given position lies on it" : ": nothing was found on it"));
        if (!writer_)
            begin(loaded);
        const int64_t samples = info_.channels * options_.size * options_.size;
        const int64_t batch = std::clamp<int64_t>(batchBytes / (samples * 4), 1, 512);
        Array images({batch, info_.channels, options_.size, options_.size});
        for (int64_t first = 0; first < report.found; first += batch) {
            throwIfStopped(stop_);
            tell(field, std::to_string(first) + " of " + std::to_string(report.found) + " sources");
            const int64_t count = std::min(batch, report.found - first);
            std::vector<MeasuredSource> measured(static_cast<size_t>(count));
            parallelFor(count, options_.threads, [&](int64_t i) {
                measured[static_cast<size_t>(i)] =
                    cutter.cut(targets[static_cast<size_t>(first + i)], images.data() + i * samples);
            });
            keep(cutter, loaded, std::span(targets).subspan(static_cast<size_t>(first)), measured, images,
                 report);
        }
    }

    /// Closes up what is covered well enough and appends it.
    void keep(const FieldCutter& cutter, const LoadedField& loaded, std::span<const Target> targets,
              std::vector<MeasuredSource>& measured, Array& images, FieldReport& report) {
        const int64_t samples = info_.channels * options_.size * options_.size;
        const auto& wcs = loaded.reference().frame.wcs;
        int64_t kept = 0;
        for (size_t i = 0; i < measured.size(); ++i) {
            MeasuredSource& source = measured[i];
            if (source.coverage < options_.minCoverage) {
                ++report.atEdge;
                continue;
            }
            if (static_cast<int64_t>(i) != kept)
                std::copy_n(images.data() + static_cast<int64_t>(i) * samples, samples,
                            images.data() + kept * samples);
            ++kept;
            source.number = report.cutouts++;
            wcs_.add(wcs ? wcs->cards() : "", cutter.originOf(targets[i]));
            catalogRows_.push_back(targets[i].catalogRow);
            sources_found_.push_back(std::move(source));
        }
        if (kept > 0)
            writer_->append(images.slice(0, kept));
        report_.images += kept;
    }

    [[noreturn]] void throwNothingLeft() const {
        if (firstFault_)
            throw InputError(firstFault_->subject(), firstFault_->fault(), firstFault_->cure());
        throw InputError(sources_.front(),
                         positions_ ? "no given position has a cut-out on its frames"
                                    : "nothing was found on its frames that can be cut out",
                         positions_ ? "check the catalogue's columns" : "lower the threshold or the size");
    }

    Table catalog() {
        CatalogStyle style;
        style.bands = fields_.bands;
        style.zeroPoints = unit_.zeroPoints();
        style.fluxUnit = unit_.unit();
        style.pixelScale = std::isfinite(info_.pixelScale) ? info_.pixelScale : 0;
        style.anySky = std::any_of(sources_found_.begin(), sources_found_.end(),
                                   [](const MeasuredSource& source) { return source.sky.has_value(); });
        Table table = sourceTable(sources_found_, style);
        if (!positions_)
            return table;
        const Table given = positions_->table().select(catalogRows_);
        for (Column column : given.columns()) {
            if (table.find(column.name) != nullptr)
                column.name = "catalog_" + column.name;
            table.set(std::move(column));
        }
        return table;
    }

    std::vector<std::string> sources_;
    std::string output_;
    SurveyOptions options_;
    StopToken stop_;
    ProgressSink& progress_;
    FrameFiles files_;
    FieldList fields_;
    CommonUnit unit_;
    std::unique_ptr<PositionList> positions_;
    std::unique_ptr<DatasetWriter> writer_;
    DatasetInfo info_;
    std::optional<CatalogJoin> join_;
    WcsTable wcs_;
    std::vector<MeasuredSource> sources_found_;
    std::vector<int64_t> catalogRows_;
    std::optional<InputError> firstFault_;
    SurveyReport report_;
};

} // namespace

SurveyReport importFrames(const std::vector<std::string>& sources, const std::string& output,
                          const SurveyOptions& options, const StopToken& stop, ProgressSink& progress) {
    if (sources.empty())
        throw UsageError("", "no source was named", "name frames or a folder of them");
    return FrameImporter(sources, output, options, stop, progress).run();
}

bool looksLikeFrames(const std::string& source) {
    try {
        FrameFiles files;
        constexpr size_t enough = 8; // a folder may hold a hundred thousand stamps
        const FrameList list = findFrames({source}, files, enough);
        return std::any_of(list.frames.begin(), list.frames.end(), [&](Frame frame) {
            describe(frame, files);
            return std::min(frame.width, frame.height) >= 1000;
        });
    } catch (const Error&) {
        return false;
    }
}

} // namespace galatea::survey
