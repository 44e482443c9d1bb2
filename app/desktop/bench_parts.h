#pragma once
// What the desktop's benchmarks have in common.

#include <algorithm>
#include <functional>
#include <vector>

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QTimer>

#include "core/options.h"

namespace galatea {

inline double milliseconds(const QElapsedTimer& clock) {
    return static_cast<double>(clock.nsecsElapsed()) * 1e-6;
}

/// Median, 95th percentile and worst of some figures.
inline Json spread(std::vector<double> values) {
    if (values.empty())
        return nullptr;
    std::sort(values.begin(), values.end());
    const auto at = [&](double q) {
        return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1) + 0.5)];
    };
    return {{"median", at(0.5)}, {"p95", at(0.95)}, {"worst", values.back()}, {"count", values.size()}};
}

/// Lets the window work until it is done; false after `limit` milliseconds.
inline bool waitFor(const std::function<bool()>& done, int limit) {
    QElapsedTimer clock;
    clock.start();
    QTimer wake; // so that the wait ends on time when nothing happens
    wake.start(2);
    while (!done() && clock.elapsed() < limit)
        QCoreApplication::processEvents(QEventLoop::AllEvents | QEventLoop::WaitForMoreEvents);
    return done();
}

} // namespace galatea
