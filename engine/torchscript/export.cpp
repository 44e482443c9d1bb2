#include "torchscript/export.h"

#include <algorithm>
#include <cctype>
#include <sstream>

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/torch.h>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/regular_file.h"
#include "models/card.h"
#include "models/model_checks.h"
#include "torchscript/script_archive.h"

namespace galatea {

namespace {

bool isAttributeName(const std::string& name) {
    const auto letter = [](unsigned char c) { return std::isalpha(c) != 0 || c == '_'; };
    return !name.empty() && letter(static_cast<unsigned char>(name[0])) &&
           std::all_of(name.begin(), name.end(),
                       [&](unsigned char c) { return letter(c) || std::isdigit(c) != 0; });
}

at::Tensor tensorOf(const Array& values) {
    Array plain = values.contiguousCopy();
    return at::from_blob(plain.data(), plain.shape(), at::kFloat).clone();
}

torch::jit::Module buildModule(const ScriptedForm& form, const std::string& name) {
    torch::jit::Module module(c10::QualifiedName("__torch__.GalateaModel"));
    module.register_attribute("training", c10::BoolType::get(), false);
    for (const auto& [attribute, values] : form.parameters) {
        if (!isAttributeName(attribute) || module.hasattr(attribute))
            throw ModelError(name, "has a parameter that TorchScript cannot name (" + attribute + ")",
                             "this is a fault of the model's family; report it");
        module.register_parameter(attribute, tensorOf(values), false);
    }
    module.define(form.source);
    return module;
}

/// The scripted methods work in the data's own units, so nothing is left for a reader of the card to apply.
ModelCard exportedCard(const ModelCard& card) {
    ModelCard exported = card;
    exported.input.offset.clear();
    exported.input.scale.clear();
    exported.input.stretch.clear();
    return exported;
}

class ScriptedModel final : public Model {
  public:
    ScriptedModel(ModelCard card, torch::jit::Module module)
        : card_(std::move(card)), module_(std::move(module)) {}
    const ModelCard& card() const override { return card_; }
    Encoding encode(const Array& images) const override {
        requireImages(card_, images);
        const auto [mean, logvar] = pairOf(run("encode", images));
        return {mean, logvar};
    }
    Decoding decode(const Array& latents) const override {
        requireLatents(card_, latents);
        const auto [mean, variance] = pairOf(run("decode", latents));
        return {mean, variance};
    }
    Array score(const Array& images) const override {
        requireMethod(card_, "score");
        requireImages(card_, images);
        return arrayOf(run("score", images).toTensor());
    }

  private:
    static Array arrayOf(const at::Tensor& tensor) {
        const at::Tensor plain = tensor.contiguous();
        Array array(plain.sizes().vec());
        std::copy_n(plain.data_ptr<float>(), array.size(), array.data());
        return array;
    }
    /// A method gives one tensor or a pair.
    static std::pair<Array, Array> pairOf(const c10::IValue& value) {
        if (value.isTensor())
            return {arrayOf(value.toTensor()), Array()};
        const auto parts = value.toTuple();
        return {arrayOf(parts->elements().at(0).toTensor()), arrayOf(parts->elements().at(1).toTensor())};
    }
    c10::IValue run(const char* method, const Array& input) const {
        const at::NoGradGuard noGradients;
        return module_.get_method(method)({tensorOf(input)});
    }

    ModelCard card_;
    torch::jit::Module module_;
};

/// What the host sets as well (host/serve.cpp): the first call is not spent on recompiling.
void useSimpleExecutor() {
    torch::jit::getProfilingMode() = false;
    torch::jit::getExecutorMode() = false;
}

const std::string& nameOf(const Model& model) {
    static const std::string unnamed = "the model";
    return model.card().name.empty() ? unnamed : model.card().name;
}

ScriptedForm formOf(const Model& model) {
    std::optional<ScriptedForm> form = model.scripted();
    if (!form)
        throw ModelError(nameOf(model), "has no TorchScript form",
                         "only models made by Galatea can be exported");
    return std::move(*form);
}

std::string archiveOf(const Model& model, const ScriptedForm& form, const std::string& name) {
    try {
        std::ostringstream bytes;
        buildModule(form, name).save(bytes, {{"galatea.json", cardText(exportedCard(model.card()))}});
        return std::move(bytes).str();
    } catch (const c10::Error& error) {
        throw ModelError(
            name, std::string("cannot be written as TorchScript (") + error.what_without_backtrace() + ")",
            "this is a fault of the model's family; report it");
    }
}

} // namespace

void exportTorchScript(const Model& model, const std::string& path) {
    const ScriptedForm form = formOf(model);
    AtomicFile file(path);
    const std::string bytes = archiveOf(model, form, nameOf(model));
    file.write(bytes);
    file.commit([&](const std::string& written) {
        const RegularFile again = openRegular(written);
        checkScriptArchive(again);
        if (again.readAll(static_cast<int64_t>(bytes.size())) != bytes)
            throw InputError(path, "was not written as it should be", "check the disk and try again");
    });
}

ModelPtr scriptedInProcess(const Model& model) {
    useSimpleExecutor();
    return std::make_shared<ScriptedModel>(exportedCard(model.card()),
                                           buildModule(formOf(model), nameOf(model)));
}

} // namespace galatea
