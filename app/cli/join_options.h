#pragma once
// --join CATALOGUE --on id|sky --radius R, for the commands that write catalogues.

#include "command.h"
#include "data/join.h"

namespace galatea::cli {

struct JoinArguments {
    JoinRequest request;
    std::string on;
};

void addJoinOptions(CLI::App& app, JoinArguments& arguments);
/// Throws UsageError for a catalogue without --on or the other way round.
JoinRequest joinRequest(const JoinArguments& arguments);
/// Adds what the join did to a command's result; its notes become warnings.
void tellJoin(const JoinReport& report, const std::string& catalogue, Result& result, Context& context);

} // namespace galatea::cli
