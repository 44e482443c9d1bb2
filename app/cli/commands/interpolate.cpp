#include "commands/commands.h"

#include <numeric>

#include "files.h"
#include "latent/traversal.h"
#include "pictures.h"

namespace galatea::cli {

namespace {
struct InterpolateArguments {
    std::string model, data, output;
    std::vector<int64_t> between;
    int64_t steps = 10;
};

Result runInterpolate(const InterpolateArguments& arguments, Context& context) {
    PictureRequest request;
    request.format = checkedOutput(arguments.output, pictureFormats(), {arguments.model, arguments.data});
    const ModelPtr model = openModelFile(context, arguments.model);
    requireMethod(*model, arguments.model, "encode");
    requireMethod(*model, arguments.model, "decode");
    const DatasetPtr data = openData(context, arguments.data);
    requireShape(*model, arguments.model, *data, arguments.data);
    for (const int64_t index : arguments.between)
        requireIndex(*data, arguments.data, index);
    const Array ends = model->encode(data->read(arguments.between)).mean;
    request.latents = interpolate(ends.row(0), ends.row(1), arguments.steps);
    std::vector<int64_t> ids(static_cast<size_t>(arguments.steps));
    std::iota(ids.begin(), ids.end(), int64_t{0});
    std::vector<double> fractions;
    for (const int64_t step : ids)
        fractions.push_back(static_cast<double>(step) / static_cast<double>(arguments.steps - 1));
    request.path = arguments.output;
    request.bottomUp = data->info().bottomUp;
    request.modelPath = arguments.model;
    request.columns = arguments.steps;
    request.catalog.set({"id", std::move(ids)});
    request.catalog.set({"fraction", std::move(fractions)});
    request.provenance = {{"data", "DATA", absolutePath(arguments.data), "data set of both ends"},
                          {"between", "BETWEEN", arguments.between, "the two objects"}};
    return drawPictures(*model, request, context);
}
} // namespace

Action defineInterpolate(CLI::App& app) {
    const auto arguments = std::make_shared<InterpolateArguments>();
    app.add_option("model", arguments->model, "Model file")->required()->type_name("MODEL");
    app.add_option("--data", arguments->data, "Data set the two objects are in")
        ->required()
        ->type_name("DATA");
    app.add_option("--between", arguments->between, "The two objects, counted from 0")
        ->required()
        ->delimiter(',')
        ->expected(2)
        ->type_name("i,j");
    app.add_option("--steps", arguments->steps, "Images on the path, both ends included")
        ->check(CLI::Range(2, 10000))
        ->capture_default_str()
        ->type_name("N");
    app.add_option("-o,--output", arguments->output, "Images to write (.h5, .fits or .png)")
        ->required()
        ->type_name("OUT");
    return [arguments](Context& context) { return runInterpolate(*arguments, context); };
}

} // namespace galatea::cli
