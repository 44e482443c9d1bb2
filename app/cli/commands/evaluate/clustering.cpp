// evaluate clustering: how a mixture's components part the objects, how well they hold together, how far they
// agree with known classes, and who their members are.

#include <algorithm>
#include <cmath>
#include <numeric>

#include "commands/evaluate/catalogue.h"
#include "commands/evaluate/summary.h"
#include "commands/evaluate/tasks.h"
#include "contact_sheet.h"
#include "core/random.h"
#include "core/text.h"
#include "files.h"
#include "io/raster.h"
#include "latent/latents.h"
#include "latent/pca.h"
#include "metrics/agreement.h"
#include "metrics/clustering.h"
#include "mixture/membership.h"
#include "mixture/mixture_file.h"

namespace galatea::cli {

namespace {

struct ClusteringArguments {
    std::string source, data, mixture, responsibilities = "plain", column;
    std::vector<double> cuts{0.5, 0.75, 0.9};
    std::vector<int64_t> among;
    std::vector<std::string> votes;
    int64_t sample = 10000, shown = 8;
    EmbedOptions embedding;
};

/// The objects as the mixture sees them.
struct Objects {
    Array z;              ///< [N,D]
    Array responsibility; ///< [N,K]
    std::vector<int64_t> component;
    std::vector<std::string> id;
    GaussianMixture mixture; ///< empty where only the latents file knew
    DatasetPtr data;         ///< nothing if none was given
    bool pictures = false;   ///< row n of the data is object n
    int64_t components() const { return responsibility.dim(1); }
    int64_t count() const { return z.dim(0); }
};

bool isLatentsFile(const std::string& path) {
    const std::string name = lowerCase(path);
    return name.ends_with(".h5") || name.ends_with(".hdf5");
}

Objects fromModel(const ClusteringArguments& arguments, Context& context) {
    const ModelPtr model = openModelFile(context, arguments.source);
    requireMethod(*model, arguments.source, "encode");
    if (arguments.data.empty())
        throw UsageError(arguments.source, "is a model, and there are no images to part with it",
                         "give the data set behind it, or a latents file in its place");
    Objects objects;
    objects.data = openData(context, arguments.data);
    requireShape(*model, arguments.source, *objects.data, arguments.data);
    Latents latents = embed(*model, *objects.data, arguments.embedding, context.stop, context.progress);
    objects.z = std::move(latents.mean);
    objects.id = std::move(latents.id);
    objects.mixture = model->card().mixture;
    objects.pictures = true;
    return objects;
}

Objects fromLatents(const ClusteringArguments& arguments, Context& context) {
    Latents latents = readLatents(arguments.source);
    Objects objects;
    objects.z = std::move(latents.mean);
    objects.responsibility = std::move(latents.responsibility);
    objects.id = std::move(latents.id);
    if (!arguments.data.empty())
        objects.data = openData(context, arguments.data);
    return objects;
}

/// The components, from a mixture where there is one, else as the latents file tells them.
void findComponents(Objects& objects, const ClusteringArguments& arguments) {
    if (!arguments.mixture.empty())
        objects.mixture = readMixture(arguments.mixture).mixture;
    const bool scaled = arguments.responsibilities == "scaled";
    if (objects.mixture.empty()) {
        if (objects.responsibility.empty())
            throw UsageError(arguments.source, "knows no mixture whose components could be judged",
                             "fit one with 'galatea-cli mixture' and give it with --mixture");
        if (scaled)
            throw UsageError("--responsibilities scaled", "needs the mixture itself",
                             "give it with --mixture, or give the model and the data");
    } else if (objects.mixture.dimensions != objects.z.dim(1)) {
        throw UsageError(arguments.mixture.empty() ? arguments.source : arguments.mixture,
                         "its mixture has " + std::to_string(objects.mixture.dimensions) +
                             " dimensions, the latents have " + std::to_string(objects.z.dim(1)),
                         "fit a mixture to these latents");
    } else {
        objects.responsibility = scaled
                                     ? scaledResponsibilities(jointLogProbability(objects.mixture, objects.z))
                                     : responsibilities(objects.mixture, objects.z);
    }
    objects.component = largestPerRow(objects.responsibility);
}

std::vector<double> places(int64_t count) {
    std::vector<double> list(static_cast<size_t>(count));
    std::iota(list.begin(), list.end(), 0.0);
    return list;
}

std::vector<double> numbers(const std::vector<int64_t>& counts) {
    return {counts.begin(), counts.end()};
}

Json withoutNan(const std::vector<double>& values) {
    Json list = Json::array();
    for (const double value : values)
        list.push_back(std::isfinite(value) ? Json(value) : Json());
    return list;
}

void tellPopulations(const Objects& objects, const ClusteringArguments& arguments, Evaluation& evaluation,
                     Result& result) {
    const std::vector<int64_t> counts = populations(objects.component, objects.components());
    result.json["populations"] = counts;
    result.json["cuts"] = Json::array();
    Plot plot{.title = "Objects per component", .xLabel = "component", .yLabel = "objects"};
    plot.series = {{"most probable", places(objects.components()), numbers(counts), SeriesStyle::Bars}};
    for (const double probability : arguments.cuts) {
        const ProbabilityCut cut = cutAt(objects.responsibility, probability);
        const double share = static_cast<double>(cut.objects) / static_cast<double>(objects.count());
        result.json["cuts"].push_back({{"probability", probability},
                                       {"counts", cut.counts},
                                       {"objects", cut.objects},
                                       {"share", share}});
        result.text += format("  %lld objects (%.1f %%) have a component of probability %.3g or more\n",
                              static_cast<long long>(cut.objects), 100 * share, probability);
        plot.series.push_back({format("p of at least %.3g", probability), places(objects.components()),
                               numbers(cut.counts), SeriesStyle::Points});
        plot.series.back().size = 4;
    }
    evaluation.plot(plot, "populations");
}

Json silhouettesJson(const Silhouettes& silhouettes) {
    return {{"mean", std::isfinite(silhouettes.mean) ? Json(silhouettes.mean) : Json()},
            {"per_component", withoutNan(silhouettes.perCluster)},
            {"objects", silhouettes.rows.size()}};
}

void tellCohesion(const Objects& objects, const ClusteringArguments& arguments, Evaluation& evaluation,
                  Result& result) {
    Context& context = evaluation.context;
    const int64_t components = objects.components();
    const Silhouettes simple = simplifiedSilhouettes(objects.z, objects.component, components),
                      full = silhouettes(objects.z, objects.component, components, arguments.sample,
                                         context.common.seed, context.common.threads, context.stop);
    const double ch = calinskiHarabasz(objects.z, objects.component, components),
                 db = daviesBouldin(objects.z, objects.component, components);
    result.json["silhouette"] = {{"simplified", silhouettesJson(simple)}, {"full", silhouettesJson(full)}};
    result.json["calinski_harabasz"] = std::isfinite(ch) ? Json(ch) : Json();
    result.json["davies_bouldin"] = std::isfinite(db) ? Json(db) : Json();
    if (!std::isfinite(simple.mean)) {
        context.progress.warn("all objects lie in one component: nothing to compare it with");
        return;
    }
    result.text += format("silhouette: simplified %.4f, full %.4f (%zu objects)\n", simple.mean, full.mean,
                          full.rows.size());
    result.text += format("Calinski-Harabasz %.2f, Davies-Bouldin %.4f\n", ch, db);
    Plot plot{.title = "Silhouettes", .xLabel = "component", .yLabel = "mean silhouette"};
    plot.series = {{"simplified", places(components), simple.perCluster, SeriesStyle::Bars},
                   {"full", places(components), full.perCluster, SeriesStyle::Points}};
    plot.series[1].size = 5;
    evaluation.plot(plot, "silhouettes");
}

void tellOverlap(const Objects& objects, Evaluation& evaluation, Result& result) {
    const Array overlap = overlapMatrix(objects.responsibility, objects.component);
    const std::vector<double> values(overlap.values().begin(), overlap.values().end());
    const int64_t components = objects.components();
    Json rows = Json::array();
    double own = 0;
    int64_t known = 0;
    for (int64_t j = 0; j < components; ++j) {
        const auto first = values.begin() + j * components;
        rows.push_back(withoutNan({first, first + components}));
        if (const double here = values[static_cast<size_t>(j * components + j)]; std::isfinite(here)) {
            own += here;
            ++known;
        }
    }
    result.json["overlap"] = rows;
    result.json["mean_own_probability"] = own / static_cast<double>(std::max<int64_t>(known, 1));
    Plot plot{.title = "Overlap: mean probability of components",
              .xLabel = "component",
              .yLabel = "members of component"};
    plot.grid = PlotGrid{components, values};
    plot.width = plot.height = std::clamp(static_cast<int>(components) * 44 + 120, 480, 1600);
    evaluation.plot(plot, "overlap");
}

/// Row of the catalogue for each object, −1 where it has none.
std::vector<int64_t> catalogueRows(const Objects& objects) {
    std::vector<int64_t> rows(static_cast<size_t>(objects.count()));
    std::iota(rows.begin(), rows.end(), int64_t{0});
    if (objects.pictures)
        return rows;
    return rowsById(objects.id, objects.data->catalog());
}

const Column& columnOf(const Objects& objects, const ClusteringArguments& arguments,
                       const std::string& name) {
    if (!objects.data)
        throw UsageError("column " + name, "there is no catalogue to find it in",
                         "give the data set after the latents");
    return columnNamed(objects.data->catalog(), name, arguments.data);
}

void drawAgreement(const Agreement& agreement, Evaluation& evaluation) {
    Plot plot{.title = "Share of each class in the components",
              .xLabel = "component",
              .yLabel = "class, in the order of the report"};
    PlotGrid grid{agreement.clusters, {}};
    for (int64_t c = 0; c < agreement.classes; ++c) {
        const auto first = agreement.table.begin() + c * agreement.clusters;
        const auto total =
            static_cast<double>(std::accumulate(first, first + agreement.clusters, int64_t{0}));
        std::transform(first, first + agreement.clusters, std::back_inserter(grid.values),
                       [&](int64_t count) { return static_cast<double>(count) / total; });
    }
    plot.grid = std::move(grid);
    plot.width = std::clamp(static_cast<int>(agreement.clusters) * 44 + 120, 480, 1600);
    evaluation.plot(plot, "classes");
}

void tellAgreement(const Objects& objects, const ClusteringArguments& arguments, Evaluation& evaluation,
                   Result& result) {
    const Column& column = columnOf(objects, arguments, arguments.column);
    const KnownClasses classes = classesIn(column, catalogueRows(objects));
    std::vector<int64_t> known, component;
    for (size_t n = 0; n < classes.of.size(); ++n)
        if (classes.of[n] >= 0) {
            known.push_back(classes.of[n]);
            component.push_back(objects.component[n]);
        }
    if (known.empty())
        throw UsageError(arguments.data, "knows no " + column.name + " of any of the objects",
                         "give the data set that was embedded, or another --column");
    const Agreement agreement =
        agreementOf(known, static_cast<int64_t>(classes.names.size()), component, objects.components());
    Json table = Json::array();
    for (int64_t c = 0; c < agreement.classes; ++c) {
        const auto first = agreement.table.begin() + c * agreement.clusters;
        table.push_back(std::vector<int64_t>(first, first + agreement.clusters));
    }
    Json stands = Json::array();
    for (const int64_t c : agreement.classOf)
        stands.push_back(c < 0 ? Json() : Json(classes.names[static_cast<size_t>(c)]));
    result.json["labels"] = {{"column", column.name},
                             {"objects", agreement.objects},
                             {"without_label", objects.count() - agreement.objects},
                             {"classes", classes.names},
                             {"table", table},
                             {"homogeneity", agreement.homogeneity},
                             {"completeness", agreement.completeness},
                             {"v_measure", agreement.vMeasure},
                             {"adjusted_rand", agreement.adjustedRand},
                             {"accuracy", agreement.accuracy},
                             {"purity", agreement.purity},
                             {"class_of_component", stands}};
    result.text +=
        format("%s (%lld objects, %zu classes): homogeneity %.4f, completeness %.4f, V %.4f, adjusted "
               "Rand %.4f, accuracy one to one %.4f, purity %.4f\n",
               escaped(column.name).c_str(), static_cast<long long>(agreement.objects), classes.names.size(),
               agreement.homogeneity, agreement.completeness, agreement.vMeasure, agreement.adjustedRand,
               agreement.accuracy, agreement.purity);
    drawAgreement(agreement, evaluation);
}

/// Means of numeric columns, such as people's vote fractions, over each component's members.
void tellVotes(const Objects& objects, const ClusteringArguments& arguments, Evaluation& evaluation,
               Result& result) {
    const std::vector<int64_t> rows = catalogueRows(objects);
    Plot plot{.title = "Means over the members of each component", .xLabel = "component", .yLabel = "mean"};
    for (const std::string& name : arguments.votes) {
        const Column& column = columnOf(objects, arguments, name);
        if (column.isText())
            throw UsageError(arguments.data, "its column '" + column.name + "' holds no numbers",
                             "name another with --votes");
        std::vector<double> sum(static_cast<size_t>(objects.components()), 0.0);
        std::vector<int64_t> count(sum.size(), 0);
        for (size_t n = 0; n < rows.size(); ++n)
            if (rows[n] >= 0 && std::isfinite(column.number(rows[n]))) {
                sum[static_cast<size_t>(objects.component[n])] += column.number(rows[n]);
                ++count[static_cast<size_t>(objects.component[n])];
            }
        for (size_t k = 0; k < sum.size(); ++k)
            sum[k] = count[k] > 0 ? sum[k] / static_cast<double>(count[k]) : NAN;
        result.json["votes"][column.name] = {{"mean", withoutNan(sum)}, {"objects", count}};
        plot.series.push_back({column.name, places(objects.components()), sum, SeriesStyle::Points});
        plot.series.back().size = 5;
    }
    evaluation.plot(plot, "votes");
}

void tellSecondLabels(const Objects& objects, const ClusteringArguments& arguments, Result& result) {
    for (const int64_t k : arguments.among)
        if (k >= objects.components())
            throw UsageError("--among " + std::to_string(k), "there is no such component",
                             "they count from 0 to " + std::to_string(objects.components() - 1));
    const std::vector<int64_t> second = secondLabels(objects.responsibility, arguments.among);
    std::vector<int64_t> others, own;
    for (size_t n = 0; n < second.size(); ++n)
        if (std::ranges::find(arguments.among, objects.component[n]) == arguments.among.end())
            others.push_back(second[n]);
    result.json["second_labels"] = {{"among", arguments.among},
                                    {"relabelled", others.size()},
                                    {"counts_of_relabelled", populations(others, objects.components())},
                                    {"counts_of_all", populations(second, objects.components())}};
    result.text +=
        format("%zu objects of other components take their second label among those named\n", others.size());
}

/// A row of pictures for each component: its most probable members, and some drawn at random.
void drawMembers(const Objects& objects, const ClusteringArguments& arguments, Evaluation& evaluation) {
    RandomStream random(evaluation.context.common.seed, "members");
    std::vector<int64_t> likely, drawn;
    const auto shown = static_cast<size_t>(arguments.shown);
    for (int64_t k = 0; k < objects.components(); ++k) {
        std::vector<int64_t> members;
        for (int64_t n = 0; n < objects.count(); ++n)
            if (objects.component[static_cast<size_t>(n)] == k)
                members.push_back(n);
        if (members.size() < shown)
            continue; // rows of one length keep the sheet readable
        random.shuffle(members);
        drawn.insert(drawn.end(), members.begin(), members.begin() + static_cast<std::ptrdiff_t>(shown));
        std::ranges::stable_sort(members, std::ranges::greater(),
                                 [&](int64_t n) { return std::pair(objects.responsibility.at(n, k), -n); });
        likely.insert(likely.end(), members.begin(), members.begin() + static_cast<std::ptrdiff_t>(shown));
    }
    if (likely.empty())
        return;
    const DatasetInfo& info = objects.data->info();
    const SheetStyle style{info.bands, info.bottomUp, arguments.shown};
    for (const auto& [rows, name] : {std::pair(likely, "most-probable.png"), std::pair(drawn, "random.png")})
        writePng(evaluation.file(name), makeContactSheet(objects.data->read(rows), style).image);
}

void drawMap(const Objects& objects, Evaluation& evaluation) {
    if (!evaluation.wantsPlots() || objects.z.dim(1) < 2 || objects.count() < 3)
        return;
    const PcaReport pca = fitPca(objects.z, 2);
    Plot plot{.title = "Components on the first two principal axes",
              .xLabel = format("first axis, %.1f %% of the variance",
                               100 * pca.explainedVariance[0] / pca.totalVariance),
              .yLabel = format("second axis, %.1f %%", 100 * pca.explainedVariance[1] / pca.totalVariance)};
    plot.series.resize(static_cast<size_t>(objects.components()));
    const int64_t step = std::max<int64_t>(1, objects.count() / 20000);
    for (int64_t n = 0; n < objects.count(); n += step) {
        PlotSeries& series = plot.series[static_cast<size_t>(objects.component[static_cast<size_t>(n)])];
        series.x.push_back(static_cast<double>(pca.projected.at(n, 0)));
        series.y.push_back(static_cast<double>(pca.projected.at(n, 1)));
    }
    for (size_t k = 0; k < plot.series.size(); ++k) {
        plot.series[k].style = SeriesStyle::Points;
        plot.series[k].size = 1.4;
        plot.series[k].name = plot.series.size() <= 12 ? std::to_string(k) : "";
    }
    plot.sameScale = true;
    evaluation.plot(plot, "map");
}

Result runClustering(const ClusteringArguments& arguments, Evaluation& evaluation) {
    Context& context = evaluation.context;
    Objects objects =
        isLatentsFile(arguments.source) ? fromLatents(arguments, context) : fromModel(arguments, context);
    findComponents(objects, arguments);
    Result result;
    result.json = {{"source", arguments.source},
                   {"objects", objects.count()},
                   {"latents", objects.z.dim(1)},
                   {"components", objects.components()},
                   {"responsibilities", arguments.responsibilities}};
    result.text = format("%lld objects, %lld components, %s responsibilities\n",
                         static_cast<long long>(objects.count()),
                         static_cast<long long>(objects.components()), arguments.responsibilities.c_str());
    if (!objects.mixture.empty())
        result.json["mean_log_likelihood"] = meanLogLikelihood(objects.mixture, objects.z);
    tellPopulations(objects, arguments, evaluation, result);
    tellCohesion(objects, arguments, evaluation, result);
    tellOverlap(objects, evaluation, result);
    if (!arguments.column.empty())
        tellAgreement(objects, arguments, evaluation, result);
    if (!arguments.votes.empty())
        tellVotes(objects, arguments, evaluation, result);
    if (!arguments.among.empty())
        tellSecondLabels(objects, arguments, result);
    drawMap(objects, evaluation);
    if (evaluation.wantsPlots() && objects.pictures)
        drawMembers(objects, arguments, evaluation);
    return result;
}

} // namespace

EvaluationAction defineEvaluateClustering(CLI::App& app) {
    const auto arguments = std::make_shared<ClusteringArguments>();
    app.add_option("source", arguments->source, "Latents file (.h5), or a model with a mixture")
        ->required()
        ->type_name("LATENTS.h5|MODEL");
    app.add_option("data", arguments->data,
                   "Data set: of a model, what is embedded; of latents, where labels and votes are looked up")
        ->type_name("DATA");
    app.add_option("--mixture", arguments->mixture,
                   "Mixture file; default: the model's, or the responsibilities in the latents file")
        ->type_name("MIXTURE.h5");
    app.add_option("--responsibilities", arguments->responsibilities,
                   "plain: the posterior; scaled: AstroVaDEr's, softened as in training but over all objects")
        ->check(CLI::IsMember({"plain", "scaled"}))
        ->capture_default_str()
        ->type_name("KIND");
    app.add_option("--column", arguments->column, "Catalogue column of known classes, to compare with")
        ->type_name("NAME");
    app.add_option("--votes", arguments->votes,
                   "Columns of numbers whose means over each component are told, e.g. vote fractions")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->type_name("NAME[,NAME]");
    app.add_option("--among", arguments->among,
                   "Components of which the others' objects take a second label, counted from 0")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Range(0, 65535))
        ->type_name("K[,K]");
    app.add_option("--cuts", arguments->cuts, "Probabilities above which a component's objects are counted")
        ->delimiter(',')
        ->allow_extra_args(false)
        ->check(CLI::Range(0.0, 1.0))
        ->capture_default_str()
        ->type_name("P[,P]");
    addCount(app, "--sample", arguments->sample,
             "Objects whose full silhouette is measured, each against all; 0: every one", 0, 1000000000);
    addCount(app, "--shown", arguments->shown, "Pictures of each component's members", 1, 1000);
    addBatch(app, arguments->embedding.batch);
    app.footer(
        "  galatea-cli evaluate clustering model.safetensors galaxies.h5 --column label --plots plots\n"
        "  galatea-cli evaluate clustering latents.h5 --mixture mixture.h5 -o report.json");
    return [arguments](Evaluation& evaluation) { return runClustering(*arguments, evaluation); };
}

} // namespace galatea::cli
