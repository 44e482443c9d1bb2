#pragma once
// Measures how long the event loop was ever blocked: a timer that should fire every 5 ms.

#include <algorithm>
#include <vector>

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
            beats_.push_back(static_cast<double>(clock_.nsecsElapsed()) * 1e-6);
            longest_ = std::max(longest_, beats_.back());
            clock_.start();
        });
    }
    void start() {
        longest_ = 0;
        beats_.clear();
        clock_.start();
        timer_.start();
    }
    void stop() { timer_.stop(); }
    double longestStall() const { return longest_; } ///< ms between two beats

    const std::vector<double>& beats() const { return beats_; } ///< ms, every one

  private:
    QTimer timer_;
    QElapsedTimer clock_;
    double longest_ = 0;
    std::vector<double> beats_;
};

} // namespace galatea
