#include "terminal_progress.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <unistd.h>

#include "core/text.h"

namespace galatea::cli {

namespace {

constexpr double barInterval = 0.1;   // s between two drawings of the bar
constexpr double plainInterval = 5.0; // s between two plain lines

const bool onTerminal = isatty(STDERR_FILENO) == 1;

std::string bar(double fraction) {
    constexpr int width = 24;
    const int full = static_cast<int>(std::lround(std::clamp(fraction, 0.0, 1.0) * width));
    return "[" + std::string(static_cast<size_t>(full), '#') +
           std::string(static_cast<size_t>(width - full), '.') + "] ";
}

std::string rateText(double perSecond) {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, perSecond < 10 ? "%.2g/s" : "%.0f/s", perSecond);
    return buffer;
}

} // namespace

std::string clockText(double seconds) {
    const long long whole = std::llround(std::clamp(seconds, 0.0, 1e9));
    char buffer[40];
    if (whole >= 3600)
        std::snprintf(buffer, sizeof buffer, "%lld:%02lld:%02lld", whole / 3600, whole / 60 % 60, whole % 60);
    else
        std::snprintf(buffer, sizeof buffer, "%lld:%02lld", whole / 60, whole % 60);
    return buffer;
}

std::string TerminalProgress::line(const ProgressUpdate& update, double seconds) const {
    std::string text = escaped(update.stage) + " ";
    const bool known = update.total > 0;
    if (known && onTerminal)
        text += bar(static_cast<double>(update.done) / static_cast<double>(update.total));
    text += std::to_string(update.done) + (known ? "/" + std::to_string(update.total) : "");
    if (!update.unit.empty())
        text += " " + escaped(update.unit);
    const auto sinceStart = static_cast<double>(update.done - firstDone_);
    if (seconds > 0.5 && sinceStart > 0) {
        const double rate = sinceStart / seconds;
        text += ", " + rateText(rate);
        if (known)
            text += ", " + clockText(static_cast<double>(update.total - update.done) / rate) + " left";
    }
    if (!update.detail.empty())
        text += ", " + escaped(update.detail);
    return text;
}

void TerminalProgress::update(const ProgressUpdate& update) {
    if (quiet_)
        return;
    const std::lock_guard lock(mutex_);
    const Clock::time_point now = Clock::now();
    // Other units or another total is other work; a mere change of name (the next epoch) is not.
    if (update.unit != unit_ || update.total != total_ || update.done < done_) {
        unit_ = update.unit;
        total_ = update.total;
        firstDone_ = update.done;
        began_ = now;
        if (!barShown_)
            shown_ = now; // short work stays silent on plain output
    }
    done_ = update.done;
    const double sinceShown = std::chrono::duration<double>(now - shown_).count();
    const bool complete = update.total > 0 && update.done >= update.total;
    if (sinceShown < (onTerminal ? barInterval : plainInterval) && !(onTerminal && complete && barShown_))
        return;
    shown_ = now;
    const std::string text = line(update, std::chrono::duration<double>(now - began_).count());
    if (onTerminal) {
        std::fprintf(stderr, "\r\x1b[K%s", text.c_str());
        barShown_ = true;
    } else {
        std::fprintf(stderr, "galatea-cli: %s\n", text.c_str());
    }
    std::fflush(stderr);
}

void TerminalProgress::clearBar() {
    if (barShown_)
        std::fputs("\r\x1b[K", stderr);
    barShown_ = false;
}

void TerminalProgress::warn(const std::string& message) {
    const std::lock_guard lock(mutex_);
    const std::string text = escaped(message);
    if (std::find(warnings_.begin(), warnings_.end(), text) != warnings_.end())
        return; // the same note may come from a data set and from the work on it
    warnings_.push_back(text);
    clearBar();
    std::fprintf(stderr, "galatea-cli: warning: %s\n", text.c_str());
}

void TerminalProgress::finish() {
    const std::lock_guard lock(mutex_);
    clearBar();
}

std::vector<std::string> TerminalProgress::warnings() const {
    const std::lock_guard lock(mutex_);
    return warnings_;
}

} // namespace galatea::cli
