#pragma once
// Draws points into a picture in memory, on a few threads, as much of them as time allows, and goes on where
// it left off. A software OpenGL takes several times as long for the same points, and its order of drawing
// could not be continued.
//
// What the finished picture is: each stratum by itself, all its points blended one over the other, the strata
// then over one another. In the plane the order of points is that of their store's rounds and, within a
// round, of its tiles; in space the farthest come first. Centres are rounded to eighths of a device pixel, in
// space sizes beyond the first one and a half pixels to quarters. As density: the points in each pixel are
// counted.

#include "widgets/map/map_camera.h"
#include "widgets/map/paint_crew.h"
#include "widgets/map/point_store.h"
#include "widgets/map/splat.h"
#include "widgets/map/tile_bounds.h"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace galatea {

/// What decides where points lie in the picture.
struct PaintEye {
    MapProjector projector; ///< in device pixels
    int width = 1, height = 1;
    double reference = 0; ///< in space: the distance at which a point has its nominal size; 0: plane
    double nearest = 0, farthest = 1; ///< in space: the depths between which a point fades into the ground
    Rgba ground;

    bool inSpace() const { return reference > 0; }
    static constexpr double leastScale = 0.4, mostScale = 4, mostFade = 0.42;
};

/// Points of a store that are drawn alike: those whose flags agree with `wanted` in the bits of `mask`.
struct Stratum {
    const PointStore* store = nullptr;
    uint8_t mask = hiddenFlags, wanted = 0;
    double diameter = 2; ///< device pixels
    double opacity = 1;
    bool rim = false, diamond = false;
    bool density = false;       ///< counted instead of drawn
    std::optional<Rgba> colour; ///< of all, instead of the store's tints
};

struct TileInView {
    uint32_t tile = 0;
    TileBounds bounds;
};

/// A stratum as the threads see it.
struct StratumJob {
    Stratum look;
    std::vector<TileInView> tiles;
    int64_t points = 0; ///< in these tiles
    std::vector<StampShape> shapes;
    std::vector<std::shared_ptr<const Stamp>> stamps; ///< of each shape, in space of each size
    double diameter = 0, opacity = 0;                 ///< of a point of nominal size
    double madeFor = 0;                               ///< the stratum's diameter when the stamps were made
    Sheet sheet;
};

class PointPainter {
  public:
    explicit PointPainter(int threads = 0); ///< 0: as many as the machine has, up to eight
    ~PointPainter();

    /// A new picture; ends what is being drawn and forgets it.
    void begin(const PaintEye& eye, const std::vector<Stratum>& strata);
    /// Draws more of the picture, for about so long; at least a little.
    void paintFor(double milliseconds);
    void paintAll();
    /// The same away from this thread; `done` is called on another one. In the plane a slice lasts about so
    /// long, in space until four times as many points are drawn as before.
    void refine(double milliseconds, std::function<void()> done);
    /// Ends a slice as soon as what is drawn is whole, in a few milliseconds, and waits for that.
    void stop();
    bool busy() const { return busy_; }

    /// Of the points that can lie in view, how many are in the picture: 0 to 1. Only while not busy.
    double fraction() const { return ticks_ == 0 ? 1 : static_cast<double>(done_) / ticks_; }
    bool complete() const { return done_ >= ticks_; }
    size_t strata() const { return jobs_.size(); }
    const Stratum& stratum(size_t index) const { return jobs_[index]->look; }
    const Sheet& sheet(size_t stratum) const { return jobs_[stratum]->sheet; }
    /// The strata that are drawn, not counted, over one another: premultiplied pixels, rows from the top;
    /// `over` what is there already.
    void resolve(uint8_t* rgba, bool over = false);
    PaintCrew& crew() { return crew_; }

  private:
    using Clock = std::chrono::steady_clock;
    void findTiles(StratumJob& job) const;
    void makeStamps(StratumJob& job) const;
    void chooseBands();
    bool inRounds() const; ///< what is there can be added to, in any order of depth
    void startRounds(std::optional<double> milliseconds, std::function<void()> finished);
    void startSpace(uint32_t target, std::function<void()> finished);
    uint32_t affordable(double milliseconds) const;
    void finish();
    void await();

    PaintEye eye_;
    std::vector<std::unique_ptr<StratumJob>> jobs_;
    std::vector<Band> bands_;
    uint32_t ticks_ = 0; ///< steps the picture is made in
    uint32_t done_ = 0, target_ = 0;
    bool blank_ = true; ///< the sheets are still to be cleared
    double pointsPerMillisecond_ = 4000;
    std::atomic<bool> stopping_{false}, spoiled_{false}, busy_{false};
    PaintCrew crew_;
};

/// One thread's share of the plane (or of a count): its band, the rounds [from, to) of the store.
void paintPlane(const PaintEye& eye, StratumJob& job, const Band& band, uint32_t from, uint32_t to);
void countPoints(const PaintEye& eye, StratumJob& job, const Band& band, uint32_t from, uint32_t to);
/// In space: the first `rounds` of the store, the farthest first. False if stopped half-way.
bool paintSpace(const PaintEye& eye, StratumJob& job, const Band& band, uint32_t rounds,
                const std::atomic<bool>& stopping);

} // namespace galatea
