#include "commands/bench_map.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.h"
#include "sandbox/walled_process.h"

extern char** environ;

namespace galatea::cli {

namespace {

bool hasDisplay() {
    for (const char* name : {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"})
        if (const char* value = std::getenv(name); value != nullptr && *value != '\0')
            return true;
    return false;
}

[[noreturn]] void failed(const std::string& fault) {
    throw InputError("galatea", fault,
                     "check that 'galatea' itself opens its window on this display, or use a virtual one: "
                     "xvfb-run galatea-cli bench --suite map");
}

/// A program whose standard output is read; killed and reaped with this object.
class Child {
  public:
    explicit Child(std::vector<std::string> arguments) {
        std::array<int, 2> ends{};
        if (pipe(ends.data()) != 0)
            failed("could not be started: no pipe");
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        posix_spawn_file_actions_addclose(&actions, ends[0]);
        posix_spawn_file_actions_addclose(&actions, ends[1]);
        std::vector<char*> pointers;
        for (std::string& argument : arguments)
            pointers.push_back(argument.data());
        pointers.push_back(nullptr);
        const int fault = posix_spawn(&id_, pointers[0], &actions, nullptr, pointers.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        close(ends[1]);
        out_ = ends[0];
        if (fault != 0) {
            close(out_);
            failed("could not be started");
        }
    }
    ~Child() {
        close(out_);
        if (id_ > 0) {
            kill(id_, SIGKILL);
            waitpid(id_, nullptr, 0);
        }
    }
    Child(const Child&) = delete;
    Child& operator=(const Child&) = delete;

    std::string readAll(const StopToken& stop) {
        std::string text;
        std::array<char, 4096> buffer{};
        while (true) {
            throwIfStopped(stop);
            pollfd watched{out_, POLLIN, 0};
            if (poll(&watched, 1, 100) <= 0)
                continue;
            const ssize_t count = read(out_, buffer.data(), buffer.size());
            if (count < 0 && errno == EINTR)
                continue;
            if (count <= 0)
                return text;
            text.append(buffer.data(), static_cast<size_t>(count));
        }
    }
    int exitStatus() {
        int status = 0;
        waitpid(id_, &status, 0);
        id_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }

  private:
    pid_t id_ = -1;
    int out_ = -1;
};

std::string lineOf(const Json& row) {
    const auto movement = [&](const Json& moving) {
        const char* kind = moving.contains("orbit") ? "orbit" : "pan";
        return moving[kind]["milliseconds"];
    };
    const Json frame = movement(row["moving"]), dense = movement(row["density"]["moving"]);
    char line[400];
    std::snprintf(
        line, sizeof line,
        "  %11lld points, %lld-D: frame %.1f ms (95%%: %.1f), as density %.1f (%.1f); all shown after "
        "%.0f ms; pick %.2f ms, lasso %.0f ms; %.1f bytes a point; naive frame %.0f ms\n",
        row["points"].get<long long>(), row["dimensions"].get<long long>(), frame["median"].get<double>(),
        frame["p95"].get<double>(), dense["median"].get<double>(), dense["p95"].get<double>(),
        row["full_detail"]["milliseconds"].get<double>(), row["pick_milliseconds"]["median"].get<double>(),
        row["lasso_milliseconds"]["median"].get<double>(), row["bytes_per_point"].get<double>(),
        row["naive_frame_milliseconds"].is_null() ? 0.0
                                                  : row["naive_frame_milliseconds"]["median"].get<double>());
    return line;
}

std::string lineOfView(const Json& row) {
    char line[400];
    std::snprintf(line, sizeof line,
                  "  %s of %lld rows: longest stall %.0f ms, event loop %.1f ms (95%%: %.1f)\n",
                  row["view"].get<std::string>().c_str(), row["rows"].get<long long>(),
                  row["scroll"]["longest_stall_milliseconds"].get<double>(),
                  row["scroll"]["event_loop_milliseconds"]["median"].get<double>(),
                  row["scroll"]["event_loop_milliseconds"]["p95"].get<double>());
    std::string text = line;
    for (const char* work :
         {"sort", "sort_by_text", "filter", "undo_filter", "select_half", "select_a_third"})
        if (row.contains(work)) {
            std::snprintf(line, sizeof line, "    %-15s %6.0f ms, longest stall %.0f ms\n", work,
                          row[work]["milliseconds"].get<double>(),
                          row[work]["longest_stall_milliseconds"].get<double>());
            text += line;
        }
    if (row.contains("filter_evaluation_milliseconds")) {
        const Json& times = row["filter_evaluation_milliseconds"];
        std::snprintf(line, sizeof line, "    the filter alone %.0f ms (95%%: %.0f)\n",
                      times["median"].get<double>(), times["p95"].get<double>());
        text += line;
    }
    return text;
}

/// The desktop application's own report.
Json measureInWindow(const std::string& suite, const std::vector<int64_t>& points, Context& context) {
    if (!hasDisplay())
        throw UsageError("--suite " + suite, "draws in a window and there is no display",
                         "run it under a virtual one: xvfb-run galatea-cli bench --suite " + suite);
    const std::string program = findHelper("galatea", "GALATEA_DESKTOP");
    if (program.empty())
        throw InputError(
            "galatea", "the desktop application, which draws what is measured, is missing",
            "install it beside galatea-cli, or name it in the environment variable GALATEA_DESKTOP");
    std::string list;
    for (const int64_t count : points)
        list += (list.empty() ? "" : ",") + std::to_string(count);
    context.progress.update({"measuring the " + suite + " in a window", 0, 0, "", ""});
    Child child({program, "--bench", suite, "--points", list, "--no-config"});
    const std::string text = child.readAll(context.stop);
    if (const int status = child.exitStatus(); status != 0)
        failed("could not measure: it ended with " +
               (status < 0 ? std::string("a signal") : "exit status " + std::to_string(status)));
    Json report = Json::parse(text, nullptr, false);
    if (report.is_discarded() || !report.contains("results"))
        failed("did not tell what it measured");
    return report;
}

} // namespace

Result benchMap(const std::vector<int64_t>& points, Context& context) {
    Result result;
    result.json = measureInWindow("map", points, context);
    result.text = "from a movement of the hand to the painted window: median of many frames\n";
    for (const Json& row : result.json["results"])
        result.text += lineOf(row);
    return result;
}

Result benchViews(const std::vector<int64_t>& rows, Context& context) {
    Result result;
    result.json = measureInWindow("views", rows, context);
    result.text =
        "scrolled as hands do; a stall is the time the window's thread was kept from anything else\n";
    for (const Json& row : result.json["results"])
        result.text += lineOfView(row);
    return result;
}

} // namespace galatea::cli
