#include "join_options.h"

#include "core/error.h"
#include "core/text.h"

namespace galatea::cli {

void addJoinOptions(CLI::App& app, JoinArguments& arguments) {
    const std::string group = "Catalogue join";
    app.add_option("--join", arguments.request.path,
                   "Add the columns of a catalogue (CSV, FITS table or VOTable)")
        ->type_name("CAT")
        ->group(group);
    app.add_option("--on", arguments.on, "Match by id or by place on the sky")
        ->check(CLI::IsMember({"id", "sky"}))
        ->group(group);
    app.add_option("--radius", arguments.request.options.radius, "Matching radius on the sky, arcsec")
        ->capture_default_str()
        ->type_name("R")
        ->group(group);
    app.add_option("--join-id", arguments.request.options.idColumn,
                   "Column of the catalogue that holds the identifiers")
        ->type_name("COLUMN")
        ->group(group);
}

JoinRequest joinRequest(const JoinArguments& arguments) {
    JoinRequest request = arguments.request;
    if (request.path.empty() && !arguments.on.empty())
        throw UsageError("--on", "there is nothing to match", "name a catalogue with --join");
    if (!request.path.empty() && arguments.on.empty())
        throw UsageError("--join", "it is not said how to match", "add --on id or --on sky");
    request.options.by = arguments.on == "sky" ? JoinBy::Sky : JoinBy::Id;
    return request;
}

void tellJoin(const JoinReport& report, const std::string& catalogue, Result& result, Context& context) {
    for (const std::string& note : report.notes)
        context.progress.warn(note);
    result.json["join"] = {{"catalogue", catalogue},
                           {"matched", report.matched},
                           {"unmatched", report.unmatched},
                           {"catalogue_rows", report.catalogRows},
                           {"catalogue_unused", report.unusedInCatalog},
                           {"several_candidates", report.ambiguous},
                           {"catalogue_shared", report.sharedInCatalog},
                           {"columns", report.added},
                           {"renamed", report.renamed}};
    result.text += "  " + escaped(catalogue) + ": " + report.sentence() + "\n";
    if (!report.renamed.empty())
        result.text += "  renamed: " + escaped(joined(report.renamed, ", ")) + "\n";
}

} // namespace galatea::cli
