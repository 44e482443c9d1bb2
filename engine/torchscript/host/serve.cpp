#include "torchscript/host/serve.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <memory>

#include <ATen/Parallel.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include "nn/device.h"
#include "sandbox/shared_area.h"
#include "torchscript/host/foreign_model.h"
#include "torchscript/host/probe.h"
#include "torchscript/host_protocol.h"

namespace galatea {
namespace {

class Host {
  public:
    explicit Host(const ChildStart& start) : start_(start) {}
    /// Answers questions until the other side hangs up.
    void serve();

  private:
    bool receive(HostMessage& question);
    HostMessage answer(const HostMessage& question);
    void load(const HostMessage& question, HostMessage& reply);
    void findFacts(const HostMessage& question, HostMessage& reply);
    void call(const HostMessage& question, HostMessage& reply);

    ChildStart start_;
    SharedArea area_;
    std::unique_ptr<ForeignModel> model_;
};

/// Puts a descriptor at a fixed place; the old one there is closed.
void moveTo(int place, int descriptor) {
    if (descriptor == place)
        return;
    dup3(descriptor, place, O_CLOEXEC);
    close(descriptor);
}

/// The first use of every engine opens files of the system; afterwards none is needed.
void warmUp(int threads) {
    setThreads(threads);
    at::set_num_interop_threads(1);
    holdTeamInPlace(); // between two calls it rests
    // The profiling executor spends the first calls on recompiling the model; a slider wants the first one.
    torch::jit::getProfilingMode() = false;
    torch::jit::getExecutorMode() = false;
    at::NoGradGuard noGradients;
    const at::Tensor image = at::ones({2, 3, 16, 16}), kernel = at::ones({4, 3, 3, 3});
    at::conv_transpose2d(at::conv2d(image, kernel), kernel);
    at::mm(at::ones({128, 128}), at::ones({128, 128}));
    at::randn({8});
    at::parallel_for(0, 1 << 16, 1, [](int64_t, int64_t) {});
}

bool Host::receive(HostMessage& question) {
    // The place is free only while waiting, so that an area can come along.
    close(hostAreaDescriptor);
    int descriptor = -1;
    if (receiveRecord(childSocket, question, descriptor) != Received::Message || !isHostMessage(question))
        return false;
    if (descriptor >= 0) {
        moveTo(hostAreaDescriptor, descriptor);
        area_ = SharedArea::adopt(hostAreaDescriptor, question.areaBytes);
    } else {
        dup3(STDIN_FILENO, hostAreaDescriptor, O_CLOEXEC);
    }
    return true;
}

void Host::load(const HostMessage& question, HostMessage& reply) {
    if (model_)
        throw HostError(HostFault::Host, "asked to load twice");
    warmUp(question.threads);
    // Every descriptor is taken and none can be added.
    reply.walls = applyWalls(start_, {question.memoryBytes, hostAreaDescriptor + 1, true}).bits();
    model_ = std::make_unique<ForeignModel>(hostModelDescriptor);
    reply.kind = HostKind::Loaded;
    reply.methods = model_->methods();
    if (!model_->hasCard())
        return;
    reply.cardBytes = static_cast<int64_t>(model_->card().size());
    std::memcpy(area_.data(), model_->card().data(), model_->card().size());
}

void Host::findFacts(const HostMessage& question, HostMessage& reply) {
    const ModelFacts facts = probe(
        *model_, {question.channels, question.height, question.width, question.latent, question.methods});
    reply.kind = HostKind::Probed;
    reply.channels = facts.channels;
    reply.height = facts.height;
    reply.width = facts.width;
    reply.latent = facts.latent;
    reply.methods = facts.methods;
    reply.forward = facts.forward;
}

void Host::call(const HostMessage& question, HostMessage& reply) {
    const CallLayout layout = layoutOf(question);
    const std::vector<int64_t> images{question.rows, question.channels, question.height, question.width};
    const std::vector<int64_t> latents{question.rows, question.latent};
    const bool decoding = question.method == HostMethod::Decode,
               encoding = question.method == HostMethod::Encode;
    const std::vector<int64_t> given = decoding   ? images
                                       : encoding ? latents
                                                  : std::vector<int64_t>{question.rows};
    const std::span<float> input = area_.floats(0, layout.inputCount);
    // A copy: a model that keeps its input must not see it change.
    const at::Tensor tensor = at::from_blob(input.data(), decoding ? latents : images, at::kFloat).clone();
    const bool viaForward = question.forward != ForwardRole::None;
    const ForeignAnswer answer = model_->call(viaForward ? HostMethod::Forward : question.method, tensor);
    const auto give = [&](const at::Tensor& value, int64_t offset, const char* what) {
        const at::Tensor checked = checkedAnswer(value, given, what);
        std::memcpy(area_.floats(offset, layout.answerCount).data(), checked.data_ptr<float>(),
                    static_cast<size_t>(layout.answerCount) * sizeof(float));
    };
    give(answer.first, layout.answerOffset, "its answer");
    if (answer.second.defined() && (encoding || decoding)) {
        give(answer.second, layout.secondOffset, "its second answer");
        reply.second = 1;
    }
    reply.kind = HostKind::Done;
}

HostMessage Host::answer(const HostMessage& question) {
    HostMessage reply;
    reply.number = question.number;
    const auto failed = [&](HostFault fault, const std::string& line) {
        reply = HostMessage();
        reply.number = question.number;
        reply.kind = HostKind::Failed;
        reply.fault = fault;
        reply.setText(line);
    };
    try {
        if (question.kind == HostKind::Load)
            load(question, reply);
        else if (!model_)
            throw HostError(HostFault::Host, "no model is loaded");
        else if (question.kind == HostKind::Probe)
            findFacts(question, reply);
        else if (question.kind == HostKind::Call)
            call(question, reply);
        else
            throw HostError(HostFault::Host, "unknown question");
    } catch (const HostError& error) {
        failed(error.fault, error.what());
    } catch (const std::bad_alloc&) {
        failed(HostFault::Memory, "an allocation was refused");
    } catch (const std::exception& error) {
        failed(model_ ? HostFault::Script : HostFault::Host, plainReason(error.what()));
    }
    return reply;
}

void Host::serve() {
    HostMessage question;
    while (receive(question))
        if (!sendRecord(childSocket, answer(question)))
            return;
}

} // namespace

void serveModel(const ChildStart& start) {
    Host(start).serve();
}

} // namespace galatea
