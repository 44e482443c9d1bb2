#pragma once
// What is kept for every point, and changes to it that are made away from the window's thread: the picture
// before stays until they are done.

#include "core/stop_token.h"
#include "widgets/map/colouring.h"
#include "widgets/map/point_store.h"

#include <QObject>

#include <cstdint>
#include <functional>
#include <optional>
#include <thread>
#include <vector>

namespace galatea {

/// Copies share what neither has changed.
struct PointState {
    PointStore store, layer;
    Colouring colouring;
    std::vector<bool> classShown;
    Shared<std::vector<long long>> selection;

    bool dark = true;                       ///< the ground the points are to be tinted for
    bool tinted = false;                    ///< that has been done
    uint64_t tinting = 0, layerTinting = 0; ///< which of the view's tintings the points and the layer have
    /// What the last changes were about, for whoever shows the state.
    struct News {
        bool points = false, rows = false, dimensions = false, fit = false, colours = false, classes = false,
             layer = false;
    } news;
};

/// A later change of the same kind takes the place of one that still waits.
enum class PointChange { Points, Classes, Values, Uniform, Mode, ClassesShown, Filter, Selection, Layer };

class PointChanges : public QObject {
    Q_OBJECT
  public:
    using Change = std::function<void(PointState&, const StopToken&)>;
    /// `present` gives a copy to start from and `done` takes the changed one, or nothing where the changes
    /// could not be made for want of memory (then nothing waits any more); both on this object's thread.
    PointChanges(std::function<PointState()> present, std::function<void(std::optional<PointState>)> done);
    ~PointChanges() override; ///< stops what is being done and waits for that

    /// All that is asked for before control returns to the event loop is made, and shown, at once.
    void ask(PointChange kind, Change change);
    void drop(); ///< all that waits or is being done: other points have come
    bool busy() const { return running_ || !waiting_.empty(); }
    /// Lets go of a state elsewhere: handing back large memory takes its time.
    void discard(PointState state);

  private:
    void begin();
    void end(quint64 batch, PointState state, bool whole);

    struct Asked {
        PointChange kind;
        Change change;
    };
    std::function<PointState()> present_;
    std::function<void(std::optional<PointState>)> done_;
    std::vector<Asked> waiting_;
    bool running_ = false;
    quint64 batch_ = 0; ///< number of the one whose result is wanted
    std::jthread worker_, sweeper_;
};

} // namespace galatea
