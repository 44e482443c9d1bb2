#include "widgets/map/point_painter.h"

#include <algorithm>
#include <barrier>
#include <cmath>

namespace galatea {

namespace {

constexpr int mostThreads = 8;
constexpr uint32_t quartersInStamps = static_cast<uint32_t>(4 * mostStampDiameter) + 1;

/// Rounds of a store that belong to the first `tick` of `ticks` steps.
uint32_t roundsAt(const StratumJob& job, uint32_t tick, uint32_t ticks) {
    const uint64_t rounds = job.look.store->order().rounds;
    return static_cast<uint32_t>((rounds * tick + ticks - 1) / ticks);
}

} // namespace

PointPainter::PointPainter(int threads)
    : crew_(threads > 0 ? threads
                        : std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, mostThreads)) {
}

PointPainter::~PointPainter() {
    stop();
}

void PointPainter::begin(const PaintEye& eye, const std::vector<Stratum>& strata) {
    stop();
    eye_ = eye;
    ticks_ = 0;
    jobs_.resize(strata.size());
    for (size_t k = 0; k < strata.size(); ++k) {
        if (!jobs_[k])
            jobs_[k] = std::make_unique<StratumJob>();
        StratumJob& job = *jobs_[k];
        job.look = strata[k];
        findTiles(job);
        makeStamps(job);
        job.sheet.resize(eye.width, eye.height, job.look.density);
        if (!job.tiles.empty())
            ticks_ = std::max(ticks_, job.look.store->order().rounds);
    }
    chooseBands();
    done_ = target_ = 0;
    blank_ = true;
    if (ticks_ == 0)
        crew_.run([this](int thread) {
            for (auto& job : jobs_)
                job->sheet.clearRows(bands_[static_cast<size_t>(thread)].top,
                                     bands_[static_cast<size_t>(thread)].bottom);
        });
}

void PointPainter::findTiles(StratumJob& job) const {
    job.tiles.clear();
    job.points = 0;
    const double scale = eye_.inSpace() ? PaintEye::mostScale : 1;
    const double reach = job.look.density ? 1 : 0.5 * scale * std::max(leastDiameter, job.look.diameter) + 2;
    const auto& tiles = job.look.store->order().tiles;
    for (size_t index = 0; index < tiles.size(); ++index) {
        const TileBounds bounds = boundsOf(tiles[index], eye_.projector);
        if (!bounds.meets(-reach, -reach, eye_.width + reach, eye_.height + reach))
            continue;
        job.tiles.push_back({static_cast<uint32_t>(index), bounds});
        job.points += tiles[index].size();
    }
}

void PointPainter::makeStamps(StratumJob& job) const {
    const Stratum& look = job.look;
    const double faint = std::min(1.0, look.diameter / leastDiameter);
    const double diameter = std::max(leastDiameter, look.diameter);
    const double opacity = eye_.inSpace() ? look.opacity : look.opacity * faint * faint;
    std::vector<StampShape> shapes;
    if (look.diamond)
        shapes = {StampShape::DiamondGround, StampShape::DiamondColour};
    else
        shapes = {look.rim ? StampShape::RimmedDisc : StampShape::Disc};
    const bool whole = eye_.inSpace();
    const bool same = shapes == job.shapes && look.diameter == job.madeFor && opacity == job.opacity &&
                      job.stamps.size() == shapes.size() * (whole ? quartersInStamps : 1);
    if (same || look.density)
        return;
    job.shapes = shapes;
    job.diameter = diameter;
    job.opacity = opacity;
    job.madeFor = look.diameter;
    job.stamps.clear();
    for (const StampShape shape : shapes) {
        if (!whole && diameter <= mostStampDiameter)
            job.stamps.push_back(std::make_shared<Stamp>(shape, diameter, opacity));
        const auto quarters = [&](double value) { return static_cast<uint32_t>(4 * value + 0.5); };
        const uint32_t first = quarters(std::max(leastDiameter, look.diameter * PaintEye::leastScale));
        const uint32_t last = quarters(std::max(leastDiameter, look.diameter * PaintEye::mostScale));
        for (uint32_t q = 0; whole && q < quartersInStamps; ++q)
            job.stamps.push_back(q < first || q > last ? nullptr
                                                       : std::make_shared<Stamp>(shape, 0.25 * q, opacity));
    }
}

/// Bands of about as many points each, by a sample of where they lie.
void PointPainter::chooseBands() {
    std::vector<double> heights;
    for (const auto& job : jobs_) {
        const TileOrder& order = job->look.store->order();
        const size_t each = std::max<size_t>(1, 2000 / std::max<size_t>(1, job->tiles.size()));
        for (const TileInView& seen : job->tiles)
            for (uint32_t slot = order.tiles[seen.tile].begin;
                 slot < std::min<size_t>(order.tiles[seen.tile].end, order.tiles[seen.tile].begin + each);
                 ++slot) {
                double x = 0, y = 0, depth = 0;
                const float z = order.z.empty() ? 0 : order.z[slot];
                if (!(job->look.store->flags()[slot] & hiddenFlags) &&
                    eye_.projector(order.x[slot], order.y[slot], z, x, y, depth) && x >= 0 &&
                    x < eye_.width && y >= 0 && y < eye_.height)
                    heights.push_back(y);
            }
    }
    std::sort(heights.begin(), heights.end());
    const auto crew = static_cast<size_t>(crew_.size());
    bands_.resize(crew);
    int top = 0;
    for (size_t k = 0; k < crew; ++k) {
        int bottom = static_cast<int>(static_cast<size_t>(eye_.height) * (k + 1) / crew);
        if (k + 1 < crew && heights.size() > 16)
            bottom = static_cast<int>(heights[heights.size() * (k + 1) / crew]);
        bands_[k] = {top, std::clamp(bottom, top, eye_.height)};
        top = bands_[k].bottom;
    }
    bands_.back().bottom = eye_.height;
}

/// Step by step through the rounds until the time is over, all threads in step.
void PointPainter::startRounds(std::optional<double> milliseconds, std::function<void()> finished) {
    struct Run {
        uint32_t tick;
        bool more = true;
    };
    const auto began = Clock::now();
    auto run = std::make_shared<Run>(Run{done_});
    const auto stepDone = [this, run, began, milliseconds]() noexcept {
        ++run->tick;
        const std::chrono::duration<double, std::milli> spent = Clock::now() - began;
        run->more = run->tick < ticks_ && !stopping_ && !(milliseconds && spent.count() >= *milliseconds);
    };
    auto barrier = std::make_shared<std::barrier<decltype(stepDone)>>(crew_.size(), stepDone);
    const bool blank = blank_;
    blank_ = false;
    crew_.start(
        [this, run, barrier, blank](int thread) {
            const Band band = bands_[static_cast<size_t>(thread)];
            for (auto& job : jobs_)
                if (blank)
                    job->sheet.clearRows(band.top, band.bottom);
            do {
                for (auto& job : jobs_) {
                    const uint32_t from = roundsAt(*job, run->tick, ticks_);
                    const uint32_t to = roundsAt(*job, run->tick + 1, ticks_);
                    (job->look.density ? countPoints : paintPlane)(eye_, *job, band, from, to);
                }
                barrier->arrive_and_wait();
            } while (run->more);
        },
        [this, run, finished = std::move(finished)] {
            done_ = run->tick;
            busy_ = false;
            if (finished)
                finished();
        });
}

/// Everything anew, with more points.
void PointPainter::startSpace(uint32_t target, std::function<void()> finished) {
    target_ = std::clamp<uint32_t>(target, 1, ticks_);
    done_ = 0;
    spoiled_ = false;
    const auto began = Clock::now();
    crew_.start(
        [this](int thread) {
            const Band band = bands_[static_cast<size_t>(thread)];
            for (auto& job : jobs_) {
                job->sheet.clearRows(band.top, band.bottom);
                const uint32_t rounds = roundsAt(*job, target_, ticks_);
                if (job->look.density)
                    countPoints(eye_, *job, band, 0, rounds);
                else if (!paintSpace(eye_, *job, band, rounds, stopping_))
                    spoiled_ = true;
            }
        },
        [this, began, finished = std::move(finished)] {
            if (!spoiled_) {
                done_ = target_;
                const std::chrono::duration<double, std::milli> spent = Clock::now() - began;
                double points = 0;
                for (const auto& job : jobs_)
                    points += static_cast<double>(job->points) * target_ / ticks_;
                if (points > 2000) // fewer tell of threads waking up, not of points
                    pointsPerMillisecond_ =
                        0.5 * (pointsPerMillisecond_ + points / std::max(0.1, spent.count()));
            }
            busy_ = false;
            if (finished)
                finished();
        });
}

uint32_t PointPainter::affordable(double milliseconds) const {
    double points = 0;
    for (const auto& job : jobs_)
        points += static_cast<double>(job->points);
    const double part = points > 0 ? 0.85 * milliseconds * pointsPerMillisecond_ / points : 1;
    return std::max<uint32_t>(1, static_cast<uint32_t>(std::min(1.0, part) * ticks_));
}

bool PointPainter::inRounds() const {
    return !eye_.inSpace() ||
           std::all_of(jobs_.begin(), jobs_.end(), [](const auto& job) { return job->look.density; });
}

void PointPainter::paintFor(double milliseconds) {
    stop();
    if (complete())
        return;
    busy_ = true;
    if (inRounds())
        startRounds(milliseconds, {});
    else
        startSpace(std::max(affordable(milliseconds), done_), {});
    crew_.wait();
}

void PointPainter::paintAll() {
    stop();
    if (complete())
        return;
    busy_ = true;
    if (inRounds())
        startRounds({}, {});
    else
        startSpace(ticks_, {});
    crew_.wait();
}

void PointPainter::refine(double milliseconds, std::function<void()> done) {
    stop();
    if (complete())
        return;
    busy_ = true;
    if (inRounds())
        startRounds(milliseconds, std::move(done));
    else
        startSpace(std::max(4 * done_, affordable(milliseconds)), std::move(done));
}

void PointPainter::stop() {
    stopping_ = true;
    crew_.wait();
    stopping_ = false;
}

void PointPainter::resolve(uint8_t* rgba, bool over) {
    std::vector<const Sheet*> sheets;
    for (const auto& job : jobs_)
        if (!job->look.density)
            sheets.push_back(&job->sheet);
    crew_.run([&](int thread) {
        const int crew = crew_.size();
        const int top = eye_.height * thread / crew, bottom = eye_.height * (thread + 1) / crew;
        const int lanes = 4 * eye_.width;
        std::vector<uint16_t> sum(static_cast<size_t>(lanes));
        for (int y = top; y < bottom; ++y) {
            uint8_t* out = rgba + static_cast<size_t>(y) * static_cast<size_t>(lanes);
            for (int k = 0; k < lanes; ++k)
                sum[static_cast<size_t>(k)] = over ? static_cast<uint16_t>(257 * out[k]) : 0;
            for (const Sheet* sheet : sheets) {
                const uint16_t* ink = sheet->at(0, y);
                for (int k = 0; k < lanes; k += 4)
                    for (int c = 0; c < 4; ++c) {
                        uint16_t& here = sum[static_cast<size_t>(k + c)];
                        here = static_cast<uint16_t>(std::min<uint32_t>(
                            65535, here - ((uint32_t{here} * ink[k + 3]) >> 16) + ink[k + c]));
                    }
            }
            for (int k = 0; k < lanes; ++k)
                out[k] = static_cast<uint8_t>((uint32_t{sum[static_cast<size_t>(k)]} * 255 + 32768) >> 16);
        }
    });
}

} // namespace galatea
