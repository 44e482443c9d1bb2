#include "torchscript/export.h"

#include <algorithm>
#include <cctype>
#include <sstream>

#include <torch/csrc/jit/api/module.h>

#include "core/error.h"
#include "io/atomic_file.h"
#include "io/regular_file.h"
#include "models/card.h"
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
    return exported;
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
    const std::string name = model.card().name.empty() ? "the model" : model.card().name;
    const std::optional<ScriptedForm> form = model.scripted();
    if (!form)
        throw ModelError(name, "has no TorchScript form", "only models made by Galatea can be exported");
    AtomicFile file(path);
    const std::string bytes = archiveOf(model, *form, name);
    file.write(bytes);
    file.commit([&](const std::string& written) {
        const RegularFile again = openRegular(written);
        checkScriptArchive(again);
        if (again.readAll(static_cast<int64_t>(bytes.size())) != bytes)
            throw InputError(path, "was not written as it should be", "check the disk and try again");
    });
}

} // namespace galatea
