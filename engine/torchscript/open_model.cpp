#include "torchscript/open_model.h"

#include "core/error.h"
#include "core/text.h"
#include "io/regular_file.h"
#include "models/model_file.h"
#include "torchscript/hosted_model.h"
#include "torchscript/script_archive.h"

namespace galatea {

namespace {

bool namedSafetensors(const std::string& path) {
    return lowerCase(path).ends_with(".safetensors");
}

/// Eight bytes of length, then JSON; a length beyond 2^48 is no length.
bool looksLikeSafetensors(const std::string& head) {
    return head.size() >= 9 && head[6] == 0 && head[7] == 0 && head[8] == '{';
}

[[noreturn]] void refuse(const RegularFile& file, const std::string& head) {
    const std::string readable = "Galatea opens .safetensors models and TorchScript (.pt)";
    if (head.empty())
        throw InputError(file.path(), "is empty", readable);
    if (head.starts_with("\x80\x02") || head.starts_with("\x80\x03") || head.starts_with("\x80\x04") ||
        head.starts_with("\x80\x05"))
        throw InputError(file.path(), "is a pickled PyTorch checkpoint, not TorchScript",
                         "export the model with torch.jit.script(model).save(...) where it was made");
    if (head.starts_with("\x89HDF\r\n\x1a\n"))
        throw InputError(file.path(), "is an HDF5 file, not a model",
                         "Keras weights of AstroVaDEr become a model with galatea-cli convert");
    throw InputError(file.path(), "is no model", readable);
}

} // namespace

ModelPtr openModel(const std::string& path, const HostLimits& limits) {
    RegularFile file = openRegular(path);
    if (!looksLikeZip(file)) {
        const std::string head = file.firstBytes(16);
        if (namedSafetensors(path) || looksLikeSafetensors(head))
            return loadModel(path);
        refuse(file, head);
    }
    ScriptArchive archive = checkScriptArchive(file);
    if (namedSafetensors(path))
        archive.notes.emplace_back("it is called .safetensors but is a TorchScript program");
    return std::make_shared<HostedModel>(std::move(file), std::move(archive.notes), limits);
}

std::optional<Walls> wallsAround(const Model& model) {
    const auto* hosted = dynamic_cast<const HostedModel*>(&model);
    return hosted != nullptr ? std::optional(hosted->walls()) : std::nullopt;
}

} // namespace galatea
