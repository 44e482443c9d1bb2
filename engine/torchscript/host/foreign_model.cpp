#include "torchscript/host/foreign_model.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <set>
#include <sstream>

#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/serialization/import.h>

#include "io/zip_directory.h"

namespace galatea {

namespace {

constexpr int64_t maxAxes = 8;

/// Lets LibTorch read an open file: no name is looked up again.
class DescriptorReader : public caffe2::serialize::ReadAdapterInterface {
  public:
    DescriptorReader(int descriptor, size_t bytes) : descriptor_(descriptor), bytes_(bytes) {}
    size_t size() const override { return bytes_; }
    size_t read(uint64_t offset, void* buffer, size_t count, const char*) const override {
        size_t done = 0;
        while (done < count) {
            const ssize_t got = pread(descriptor_, static_cast<char*>(buffer) + done, count - done,
                                      static_cast<off_t>(offset + done));
            if (got < 0 && errno == EINTR)
                continue;
            if (got <= 0)
                break;
            done += static_cast<size_t>(got);
        }
        return done;
    }

  private:
    int descriptor_;
    size_t bytes_;
};

int64_t sizeOf(int descriptor) {
    struct stat facts {};
    if (fstat(descriptor, &facts) != 0)
        throw HostError(HostFault::Host, "the model's descriptor is not open");
    return facts.st_size;
}

const char* nameOf(HostMethod method) {
    switch (method) {
    case HostMethod::Encode:
        return "encode";
    case HostMethod::Decode:
        return "decode";
    case HostMethod::Score:
        return "score";
    case HostMethod::Forward:
        break;
    }
    return "forward";
}

bool refusedMemory(const std::string& text) {
    return text.find("not enough memory") != std::string::npos ||
           text.find("can't allocate memory") != std::string::npos ||
           text.find("bad_alloc") != std::string::npos ||
           text.find("Cannot allocate memory") != std::string::npos;
}

[[noreturn]] void rethrow(HostFault otherwise, const std::string& text) {
    throw HostError(refusedMemory(text) ? HostFault::Memory : otherwise, plainReason(text));
}

/// Runs `work`, turning LibTorch's exceptions into HostErrors.
template <class Work>
auto guarded(HostFault otherwise, Work&& work) {
    try {
        return work();
    } catch (const HostError&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw HostError(HostFault::Memory, "an allocation was refused");
    } catch (const c10::Error& error) {
        rethrow(otherwise, error.what_without_backtrace());
    } catch (const std::exception& error) {
        rethrow(otherwise, error.what());
    }
}

std::string shapeText(c10::IntArrayRef shape) {
    std::ostringstream text;
    text << '[';
    for (size_t axis = 0; axis < shape.size(); ++axis)
        text << (axis ? ", " : "") << shape[axis];
    text << ']';
    return text.str();
}

/// True if every element lies inside the tensor's own storage.
bool insideStorage(const at::Tensor& tensor) {
    int64_t last = tensor.storage_offset();
    if (last < 0 || !tensor.has_storage())
        return false;
    for (int64_t axis = 0; axis < tensor.dim(); ++axis) {
        int64_t step = 0;
        if (tensor.size(axis) < 0 || tensor.stride(axis) < 0)
            return false;
        if (tensor.size(axis) == 0)
            return true;
        if (__builtin_mul_overflow(tensor.size(axis) - 1, tensor.stride(axis), &step) ||
            __builtin_add_overflow(last, step, &last))
            return false;
    }
    return last < static_cast<int64_t>(tensor.storage().nbytes() / tensor.element_size());
}

bool isPlain(const at::Tensor& tensor) {
    return tensor.defined() && tensor.layout() == at::kStrided && tensor.device().is_cpu() &&
           !tensor.is_quantized();
}

/// Sizes of the stored tensors' bytes: a tensor that claims another size lies about what it owns.
std::set<int64_t> storedSizes(int descriptor) {
    std::set<int64_t> sizes;
    for (const ZipEntry& entry : readZipDirectory(descriptor, sizeOf(descriptor)))
        if (entry.name.find("/data/") != std::string::npos ||
            entry.name.find("/constants/") != std::string::npos)
            sizes.insert(entry.bytes);
    return sizes;
}

} // namespace

std::string plainReason(const std::string& text) {
    // An interpreter's error is a traceback and then, at the margin, "NameOfError: message".
    std::string line, first, reason;
    std::istringstream lines(text);
    while (reason.empty() && std::getline(lines, line)) {
        const size_t name = line.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.");
        if (name != std::string::npos && line.substr(0, name).ends_with("Error") &&
            line.substr(name, 2) == ": ")
            reason = line.substr(name + 2);
        else if (first.empty())
            first = line;
    }
    if (reason.empty())
        reason = first;
    return reason.substr(0, 200);
}

at::Tensor checkedAnswer(const at::Tensor& tensor, const std::vector<int64_t>& shape,
                         const std::string& what) {
    const auto fail = [&](const std::string& fault) {
        throw HostError(HostFault::Answer, what + " " + fault);
    };
    if (!tensor.defined())
        fail("is an empty tensor");
    if (!isPlain(tensor))
        fail("is no dense tensor on the CPU");
    if (!at::isFloatingType(tensor.scalar_type()))
        fail("holds values that are no floating-point numbers");
    if (tensor.dim() > maxAxes || tensor.sizes() != c10::IntArrayRef(shape))
        fail("has the shape " + shapeText(tensor.sizes().slice(0, std::min(tensor.dim(), maxAxes))) +
             " instead of " + shapeText(shape));
    if (!insideStorage(tensor))
        fail("reaches outside its own memory");
    return guarded(HostFault::Answer, [&] { return tensor.to(at::kFloat).contiguous(); });
}

ForeignModel::ForeignModel(int descriptor) {
    guarded(HostFault::Archive, [&] {
        torch::jit::ExtraFilesMap extra{{"galatea.json", ""}};
        const auto bytes = static_cast<size_t>(sizeOf(descriptor));
        module_ = torch::jit::load(std::make_shared<DescriptorReader>(descriptor, bytes),
                                   c10::Device(c10::kCPU), extra);
        card_ = std::move(extra["galatea.json"]);
        checkTensors(descriptor);
        module_.eval();
    });
    for (const ZipEntry& entry : readZipDirectory(descriptor, sizeOf(descriptor)))
        hasCard_ = hasCard_ || entry.name.ends_with("/extra/galatea.json");
    if (card_.size() > static_cast<size_t>(maxHostCardBytes))
        throw HostError(HostFault::Archive, "its card is larger than 1 MB");
}

/// LibTorch 1.13 believes what the archive's pickle says of sizes and strides; believing it too would mean
/// reading memory that is not the tensor's.
void ForeignModel::checkTensors(int descriptor) {
    const std::set<int64_t> sizes = storedSizes(descriptor);
    for (const torch::jit::Module& part : module_.modules()) {
        // Code that runs on loading may make tensors that no file holds.
        const bool ownTensors = !part.find_method("__setstate__");
        for (const c10::IValue& slot : part._ivalue()->slots()) {
            if (!slot.isTensor() || !slot.toTensor().defined() || !isPlain(slot.toTensor()))
                continue;
            const at::Tensor& tensor = slot.toTensor();
            if (!insideStorage(tensor) ||
                (ownTensors && !sizes.contains(static_cast<int64_t>(tensor.storage().nbytes()))))
                throw HostError(HostFault::Archive, "a weight claims more values than the file holds");
        }
    }
}

uint32_t ForeignModel::methods() const {
    uint32_t found = 0;
    for (const HostMethod method :
         {HostMethod::Encode, HostMethod::Decode, HostMethod::Score, HostMethod::Forward})
        if (module_.find_method(nameOf(method)))
            found |= static_cast<uint32_t>(method);
    return found;
}

ForeignAnswer ForeignModel::call(HostMethod method, const at::Tensor& input) {
    const c10::IValue answer = guarded(HostFault::Script, [&] {
        const auto found = module_.find_method(nameOf(method));
        if (!found)
            throw HostError(HostFault::Script, std::string("it has no ") + nameOf(method));
        at::NoGradGuard noGradients;
        return (*found)({input});
    });
    if (answer.isTensor())
        return {answer.toTensor(), {}};
    if (answer.isTuple()) {
        const auto& parts = answer.toTupleRef().elements();
        if (parts.size() == 2 && parts[0].isTensor() && parts[1].isTensor())
            return {parts[0].toTensor(), parts[1].toTensor()};
    }
    throw HostError(HostFault::Answer, std::string("what ") + nameOf(method) +
                                           " gives is neither a tensor nor a pair of tensors (" +
                                           answer.tagKind() + ")");
}

std::vector<int64_t> ForeignModel::convolutionInputs() const {
    std::vector<int64_t> widths;
    for (const auto& parameter : module_.named_parameters())
        if (parameter.value.dim() == 4)
            widths.push_back(parameter.value.size(1));
    return widths;
}

std::vector<int64_t> ForeignModel::linearInputs() const {
    std::vector<int64_t> widths;
    for (const auto& parameter : module_.named_parameters())
        if (parameter.value.dim() == 2)
            widths.push_back(parameter.value.size(1));
    return widths;
}

} // namespace galatea
