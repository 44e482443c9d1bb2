// galatea-cli: parses the command line, runs one command, and turns its result or error into text, JSON and
// an exit code. The contract (exit codes, the one error line) is described in docs/command-line.md.

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <new>

#include "command.h"
#include "core/text.h"
#include "files.h"
#include "interrupt.h"
#include "nn/device.h"
#include "sandbox/walls.h"
#include "terminal_progress.h"

namespace galatea::cli {
namespace {

int fail(TerminalProgress& progress, ErrorKind kind, const std::string& sentence) {
    progress.finish();
    std::fprintf(stderr, "galatea-cli: error: %s\n", sentence.c_str());
    return static_cast<int>(kind);
}

/// Writes to stdout. A reader that went away early wanted no more: that is no error.
int print(TerminalProgress& progress, const std::string& text) {
    progress.finish();
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
    if ((written && std::fflush(stdout) == 0) || errno == EPIPE)
        return 0;
    return fail(progress, ErrorKind::Internal, "standard output: cannot be written; is the disk full?");
}

std::string document(const Command& command, Result result, const TerminalProgress& progress,
                     double seconds) {
    result.json["command"] = command.name;
    result.json["seconds"] = seconds;
    result.json["warnings"] = progress.warnings();
    // In ASCII: no control or bidirectional character of a foreign name gets out raw.
    return result.json.dump(2, ' ', true, Json::error_handler_t::replace) + "\n";
}

CLI::Validator sha256Digest() {
    return CLI::Validator(
        [](std::string& text) {
            const bool digits = text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
            return digits && text.size() == 64 ? std::string()
                                               : "'" + text + "' is no SHA-256 (64 hexadecimal digits)";
        },
        "");
}

struct Invocation {
    CLI::App app{
        "Galatea on the command line: galaxy images, the latent spaces of models trained on them, and "
        "pictures drawn from those.",
        "galatea-cli"};
    CommonOptions common;
    const Command* command = nullptr;
    std::vector<Action> actions;
};

void define(Invocation& invocation) {
    CLI::App& app = invocation.app;
    app.require_subcommand(1);
    app.failure_message([](const CLI::App*, const CLI::Error& error) { return std::string(error.what()); });
    app.footer(
        "Exit codes: 0 done, 1 internal error, 2 wrong usage, 3 unusable input file, 4 the model cannot do "
        "this,\n            5 interrupted. 'galatea-cli COMMAND --help' tells each command's options.");
    addCommonOptions(app, invocation.common);
    const std::vector<Command>& all = commands();
    invocation.actions.resize(all.size());
    for (size_t i = 0; i < all.size(); ++i) {
        CLI::App* sub = app.add_subcommand(all[i].name, all[i].help);
        invocation.actions[i] = all[i].define(*sub);
        addCommonOptions(*sub, invocation.common);
    }
}

/// Parses; returns an exit code if there is nothing more to do, else −1.
int parse(Invocation& invocation, int argc, char** argv, TerminalProgress& progress) {
    try {
        invocation.app.parse(argc, argv);
    } catch (const CLI::CallForVersion& version) {
        const bool json = std::find(argv, argv + argc, std::string_view("--json")) != argv + argc;
        const Json document = {
            {"program", "galatea-cli"}, {"version", GALATEA_VERSION}, {"warnings", Json::array()}};
        return print(progress, json ? document.dump(2) + "\n" : std::string(version.what()) + "\n");
    } catch (const CLI::Success& help) {
        return invocation.app.exit(help);
    } catch (const CLI::ParseError& error) {
        std::string name = "galatea-cli", what = error.what();
        const std::vector<std::string> unknown = invocation.app.remaining();
        if (invocation.app.get_subcommands().empty() && !unknown.empty() && !unknown.front().starts_with("-"))
            what = "there is no command '" + unknown.front() + "'";
        for (const CLI::App* sub : invocation.app.get_subcommands())
            name += " " + sub->get_name();
        return fail(progress, ErrorKind::Usage,
                    escaped(what) + "; '" + name + " --help' tells what it takes");
    }
    for (size_t i = 0; i < commands().size(); ++i)
        if (invocation.app.got_subcommand(commands()[i].name))
            invocation.command = &commands()[i];
    return -1;
}

int run(Invocation& invocation, const StopToken& stop, TerminalProgress& progress) {
    const CommonOptions& common = invocation.common;
    const auto began = std::chrono::steady_clock::now();
    try {
        setDevice(common.device);
        setThreads(common.threads);
        allowWithoutWalls(common.allowUnsandboxed);
        Context context{common, stop, progress};
        const auto index = static_cast<size_t>(invocation.command - commands().data());
        Result result = invocation.actions[index](context);
        tellLateNotes(context);
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - began;
        return print(progress, common.json
                                   ? document(*invocation.command, std::move(result), progress, spent.count())
                                   : result.text);
    } catch (const Error& error) {
        // What a stop tore down on its way (a model host that died with us) is no fault of the model.
        if (stop.stop_requested() && error.kind() == ErrorKind::Model)
            return fail(progress, ErrorKind::Interrupted, Interrupted("interrupted").what());
        return fail(progress, error.kind(), error.what());
    } catch (const std::bad_alloc&) {
        return fail(progress, ErrorKind::Internal, "not enough memory; use smaller batches or fewer images");
    } catch (const std::exception& error) {
        const std::string what = error.what(); // LibTorch appends a back trace after the first line
        return fail(progress, ErrorKind::Internal,
                    escaped(what.substr(0, what.find('\n'))) +
                        "; this is a fault of Galatea, please report it");
    }
}

} // namespace

void addCommonOptions(CLI::App& app, CommonOptions& common) {
    const std::string group = "Common to every command";
    app.set_version_flag("--version", "galatea-cli " GALATEA_VERSION)->group(group);
    app.get_help_ptr()->group(group);
    app.add_flag("--json", common.json, "One JSON document on stdout instead of text")->group(group);
    app.add_option("--threads", common.threads, "Processor threads; 0 takes all cores")
        ->check(CLI::Range(0, 4096))
        ->type_name("N")
        ->group(group);
    app.add_option("--device", common.device, "auto, cpu or cuda[:i]")->type_name("NAME")->group(group);
    app.add_option_function<uint64_t>(
           "--seed",
           [&common](const uint64_t& seed) {
               common.seed = seed;
               common.seedGiven = true;
           },
           "Same seed and thread count, same output")
        ->check(notNegative())
        ->type_name("S")
        ->group(group);
    app.add_option(
           "--allow-unsandboxed", common.allowUnsandboxed,
           "On a system without a sandbox: read this stranger's file all the same; it can do whatever "
           "you can do (may be repeated)")
        ->check(sha256Digest())
        ->allow_extra_args(false)
        ->type_name("SHA256")
        ->group(group);
    app.add_flag("--quiet", common.quiet, "No progress on stderr; warnings stay")->group(group);
}

} // namespace galatea::cli

int main(int argc, char** argv) {
    using namespace galatea::cli;
    const galatea::StopToken stop = watchInterrupts();
    TerminalProgress progress;
    Invocation invocation;
    define(invocation);
    const int done = parse(invocation, argc, argv, progress);
    if (done >= 0)
        return done;
    progress.setQuiet(invocation.common.quiet);
    return run(invocation, stop, progress);
}
