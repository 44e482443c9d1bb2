#pragma once
// Measures how long the event loop was ever blocked: a timer that should fire every 5 ms.

#include <algorithm>

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>

namespace galatea {

class Heartbeat : public QObject {
  public:
    explicit Heartbeat(QObject* parent = nullptr) : QObject(parent) {
        timer_.setTimerType(Qt::PreciseTimer);
        timer_.setInterval(5);
        connect(&timer_, &QTimer::timeout, this, [this] {
            longest_ = std::max(longest_, static_cast<double>(clock_.nsecsElapsed()) * 1e-6);
            clock_.start();
        });
    }
    void start() {
        longest_ = 0;
        clock_.start();
        timer_.start();
    }
    void stop() { timer_.stop(); }
    double longestStall() const { return longest_; } ///< ms between two beats

  private:
    QTimer timer_;
    QElapsedTimer clock_;
    double longest_ = 0;
};

} // namespace galatea
