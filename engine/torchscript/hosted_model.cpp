#include "torchscript/hosted_model.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <iomanip>
#include <sstream>
#include <system_error>

#include "core/error.h"
#include "core/text.h"
#include "io/walled_file.h"
#include "models/model_checks.h"

namespace galatea {

namespace {

constexpr int64_t libraryBytes = int64_t{300} << 20; ///< resident before any model: LibTorch and its kin
constexpr int64_t maxInputBytes = int64_t{16} << 20; ///< per call, unless one row is more

struct MethodName {
    HostMethod method;
    const char* name;
};
constexpr std::array<MethodName, 3> methodNames{
    {{HostMethod::Encode, "encode"}, {HostMethod::Decode, "decode"}, {HostMethod::Score, "score"}}};

const char* nameOf(HostMethod method) {
    for (const MethodName& entry : methodNames)
        if (entry.method == method)
            return entry.name;
    return "forward";
}

uint32_t bit(HostMethod method) {
    return static_cast<uint32_t>(method);
}

std::string secondsText(double seconds) {
    std::ostringstream text;
    text << std::setprecision(3) << seconds << " s";
    return text.str();
}

std::string quoted(const std::string& text) {
    return text.empty() ? std::string("no reason given") : "\"" + text + "\"";
}

int64_t countNotFinite(const Array& values) {
    const auto all = values.values();
    return std::count_if(all.begin(), all.end(), [](float value) { return !std::isfinite(value); });
}

} // namespace

HostedModel::HostedModel(RegularFile file, std::vector<std::string> notes, const HostLimits& limits)
    : file_(std::move(file)), limits_(limits), notes_(std::move(notes)) {
    allowedWithoutWalls_ = requireWalls(file_.path(), file_.descriptor());
    if (allowedWithoutWalls_)
        notes_.push_back(withoutWallsWarning());
    const std::lock_guard lock(mutex_);
    const HostMessage loaded = start();
    readCard(loaded);
    if (needsProbing())
        probe(loaded.methods);
    else
        settleMethods(loaded.methods);
}

void HostedModel::makeArea(int64_t bytes) const {
    try {
        area_ = SharedArea::create(bytes);
    } catch (const std::system_error& error) {
        throw ModelError(file_.path(),
                         "cannot be run: there is no " + humanBytes(static_cast<double>(bytes)) +
                             " of shared memory (" + error.code().message() + ")",
                         "close other programs and try again");
    }
}

/// The limit leaves room for the weights (in the file, unpacked, and as LibTorch may copy them).
HostMessage HostedModel::start() const {
    host_.reset();
    const std::string doing = "loading";
    try {
        if (area_.bytes() == 0)
            makeArea(minHostAreaBytes);
        WalledStart process{findHelper("galatea-model-host", "GALATEA_MODEL_HOST")};
        process.descriptors = {file_.descriptor()};
        process.allowedWithoutWalls = allowedWithoutWalls_;
        process.bubblewrap = limits_.bubblewrap;
        // Waiting threads must sleep, for the window's own threads want the cores; but not between the layers
        // of one call (some microseconds: libgomp counts turns of its loop).
        process.environment = {"OMP_WAIT_POLICY=PASSIVE", "GOMP_SPINCOUNT=1000"};
        host_ = std::make_unique<WalledProcess>(process);
    } catch (const ProcessLost& loss) {
        throw ModelError(
            file_.path(), std::string("the program galatea-model-host that runs such models ") + loss.what(),
            "install Galatea again, or name the program in the environment variable GALATEA_MODEL_HOST");
    }
    HostMessage question;
    question.kind = HostKind::Load;
    question.threads = limits_.threads;
    question.memoryBytes = limits_.memoryBytes + 4 * file_.size() + area_.bytes();
    question.areaBytes = area_.bytes();
    const HostMessage reply = askOnce(question, area_.descriptor(), limits_.secondsToOpen, doing);
    if (reply.kind != HostKind::Loaded || reply.cardBytes > maxHostCardBytes)
        lost(ProcessLost(ProcessEnd::Nonsense, ""), 0, doing);
    walls_ = Walls::fromBits(reply.walls);
    return reply;
}

HostMessage HostedModel::ask(const HostMessage& question, double seconds, const std::string& doing) const {
    if (!host_ || !host_->alive())
        start();
    return askOnce(question, -1, seconds, doing);
}

HostMessage HostedModel::askOnce(HostMessage question, int areaDescriptor, double seconds,
                                 const std::string& doing) const {
    HostMessage reply;
    try {
        const int64_t resident = libraryBytes + limits_.memoryBytes + 4 * file_.size() + area_.bytes();
        question.number = ++questions_;
        reply = host_->ask(question, {seconds, resident}, areaDescriptor);
        if (!isHostMessage(reply) || reply.number != question.number)
            host_->reject();
    } catch (const ProcessLost& loss) {
        host_.reset();
        lost(loss, seconds, doing);
    }
    if (reply.kind == HostKind::Failed)
        failed(reply, doing);
    return reply;
}

void HostedModel::lost(const ProcessLost& loss, double seconds, const std::string& doing) const {
    host_.reset();
    const std::string another = "use another model, or ask whoever made it";
    switch (loss.end) {
    case ProcessEnd::Time:
        throw ModelError(file_.path(),
                         "the model did not finish " + doing + " within " + secondsText(seconds) +
                             " and was stopped",
                         "it may never end: " + another);
    case ProcessEnd::Memory:
        throw ModelError(file_.path(),
                         "the model took more than " + humanBytes(static_cast<double>(limits_.memoryBytes)) +
                             " of memory while " + doing + " and was stopped",
                         another);
    case ProcessEnd::Nonsense:
        throw ModelError(file_.path(),
                         "the model's program answered nonsense while " + doing + " and was stopped",
                         "do not use this model unless you know who made it");
    case ProcessEnd::Stopped:
    case ProcessEnd::Died:
        break;
    }
    throw ModelError(file_.path(),
                     std::string("the model's program stopped unexpectedly while ") + doing + " (" +
                         loss.what() + ")",
                     "the next call starts it afresh; if it happens again, " + another);
}

void HostedModel::failed(const HostMessage& reply, const std::string& doing) const {
    const std::string reason = reply.textLine();
    const std::string again = "export the model again where it was made";
    switch (reply.fault) {
    case HostFault::Archive:
        host_.reset();
        throw InputError(file_.path(), "LibTorch cannot load it (" + quoted(reason) + ")", again);
    case HostFault::Memory:
        throw ModelError(file_.path(),
                         "the model asked for more than " +
                             humanBytes(static_cast<double>(limits_.memoryBytes)) + " of memory while " +
                             doing,
                         "use another model, or ask whoever made it");
    case HostFault::Answer:
        throw ModelError(file_.path(), "the model misbehaved while " + doing + ": " + reason,
                         "correct the model or its card");
    case HostFault::Nothing:
        throw ModelError(file_.path(),
                         "none of its methods takes images or latent vectors of a usual size (last error: " +
                             quoted(reason) + ")",
                         "give it encode, decode or score, and a card (galatea.json) that names its sizes");
    case HostFault::Script:
        throw ModelError(file_.path(), "the model raised an error while " + doing + ": " + quoted(reason),
                         "correct the model or its card");
    case HostFault::None:
    case HostFault::Host:
        break;
    }
    host_.reset();
    throw ModelError(file_.path(), "the model's program cannot work (" + quoted(reason) + ")",
                     "install Galatea again, or free memory and try again");
}

void HostedModel::readCard(const HostMessage& loaded) {
    hasCard_ = loaded.cardBytes >= 0;
    card_.family = "custom";
    card_.input.channels = 0;
    if (hasCard_) {
        // Copied first: the text must not change while it is parsed.
        const std::string text(reinterpret_cast<const char*>(area_.data()),
                               static_cast<size_t>(loaded.cardBytes));
        card_ = parseCard(text, file_.path(), CardRules::Partial);
    }
    if (card_.name.empty())
        card_.name = escaped(std::filesystem::path(file_.path()).stem().string());
    if (card_.family != "custom")
        notes_.push_back("its card says it is of the family " + card_.family +
                         "; as a TorchScript program it is used as it is (family custom)");
    card_.family = "custom";
}

bool HostedModel::needsProbing() const {
    const ModelInput& input = card_.input;
    return !hasCard_ || input.channels == 0 || input.height == 0 || input.width == 0 || card_.latent == 0;
}

/// A complete card is believed; whether the methods keep its promises every call checks anyway.
void HostedModel::settleMethods(uint32_t available) {
    if (available == 0)
        throw ModelError(file_.path(), "has none of the methods encode, decode, score and forward",
                         "export the model again with those that apply");
    std::vector<std::string> usable;
    for (const std::string& method : card_.methods) {
        const auto known = std::find_if(methodNames.begin(), methodNames.end(),
                                        [&](const MethodName& entry) { return method == entry.name; });
        if (known == methodNames.end())
            notes_.push_back("its card names a method this version does not know: " +
                             escaped(method.substr(0, 80)));
        else if ((available & bit(known->method)) == 0)
            notes_.push_back("its card promises " + method + ", but the model has no such method");
        else
            usable.push_back(method);
    }
    if (usable.empty() && !card_.methods.empty() && available == bit(HostMethod::Forward))
        return probe(available);
    if (usable.empty())
        notes_.emplace_back("it offers none of encode, decode and score");
    card_.methods = usable;
}

void HostedModel::probe(uint32_t available) {
    if (available == 0)
        return settleMethods(available);
    HostMessage question;
    question.kind = HostKind::Probe;
    question.channels = card_.input.channels;
    question.height = card_.input.height;
    question.width = card_.input.width;
    question.latent = card_.latent;
    const uint32_t named = available & ~bit(HostMethod::Forward);
    question.methods = named != 0 ? named : available;
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - opened_;
    const double left = std::max(1.0, limits_.secondsToOpen - spent.count());
    const HostMessage found = ask(question, left, "being tried out");
    const auto side = [](int64_t value) { return value >= 0 && value <= 4096; };
    if (found.kind != HostKind::Probed || !side(found.channels) || !side(found.height) ||
        !side(found.width) || found.latent < 0 || found.latent > 65536)
        lost(ProcessLost(ProcessEnd::Nonsense, ""), 0, "being tried out");
    card_.input.channels = found.channels;
    card_.input.height = found.height;
    card_.input.width = found.width;
    card_.latent = found.latent;
    forward_ = found.forward;
    card_.methods.clear();
    for (const MethodName& entry : methodNames)
        if ((found.methods & bit(entry.method)) != 0)
            card_.methods.emplace_back(entry.name);
        else if ((named & bit(entry.method)) != 0)
            notes_.push_back(std::string("its ") + entry.name +
                             " takes or gives something else and is not used");
    std::ostringstream text;
    text << (hasCard_ ? "its card is incomplete" : "it has no card") << "; trying it out found images of "
         << found.channels << " × " << found.height << " × " << found.width << " (channels, height, width), "
         << found.latent << " latent variables and the methods: "
         << (card_.methods.empty() ? "none that Galatea uses" : joined(card_.methods, ", "));
    notes_.push_back(text.str());
}

Walls HostedModel::walls() const {
    const std::lock_guard lock(mutex_);
    return walls_;
}

std::vector<std::string> HostedModel::notes() const {
    const std::lock_guard lock(notesMutex_);
    return notes_;
}

void HostedModel::noteOnce(const std::string& note) const {
    const std::lock_guard lock(notesMutex_);
    if (std::find(notes_.begin(), notes_.end(), note) == notes_.end())
        notes_.push_back(note);
}

/// (x − offset) / scale per channel, where the card has them.
Array HostedModel::normalised(const Array& images) const {
    const ModelInput& input = card_.input;
    if (input.offset.empty() && input.scale.empty())
        return images.contiguousCopy();
    Array result = images.copy();
    const int64_t pixels = input.height * input.width;
    float* value = result.data();
    for (int64_t plane = 0; plane < result.dim(0) * input.channels; ++plane) {
        const auto channel = static_cast<size_t>(plane % input.channels);
        const auto offset = static_cast<float>(input.offset.empty() ? 0 : input.offset[channel]);
        const auto scale = static_cast<float>(input.scale.empty() ? 1 : input.scale[channel]);
        for (int64_t pixel = 0; pixel < pixels; ++pixel, ++value)
            *value = (*value - offset) / scale;
    }
    return result;
}

/// The way back; a variance scales with the square and knows no offset.
void HostedModel::inDataUnits(Array& images, bool variance) const {
    const ModelInput& input = card_.input;
    if (images.empty() || (input.offset.empty() && input.scale.empty()))
        return;
    const int64_t pixels = input.height * input.width;
    float* value = images.data();
    for (int64_t plane = 0; plane < images.dim(0) * input.channels; ++plane) {
        const auto channel = static_cast<size_t>(plane % input.channels);
        const auto scale = static_cast<float>(input.scale.empty() ? 1 : input.scale[channel]);
        const auto offset = static_cast<float>(input.offset.empty() ? 0 : input.offset[channel]);
        for (int64_t pixel = 0; pixel < pixels; ++pixel, ++value)
            *value = variance ? *value * scale * scale : *value * scale + offset;
    }
}

/// One call of the host. Returns whether there was a second answer.
bool HostedModel::callRows(HostMessage& question, const Array& rows, Array& first, Array& second) const {
    const CallLayout layout = layoutOf(question);
    const std::lock_guard lock(mutex_);
    const std::string doing = nameOf(question.method);
    int areaDescriptor = -1;
    if (layout.bytes > area_.bytes()) {
        makeArea(layout.bytes);
        if (host_ && host_->alive())
            areaDescriptor = area_.descriptor();
    }
    question.areaBytes = areaDescriptor < 0 ? 0 : area_.bytes();
    if (!host_ || !host_->alive())
        start();
    std::memcpy(area_.floats(0, layout.inputCount).data(), rows.data(),
                static_cast<size_t>(layout.inputCount) * sizeof(float));
    const HostMessage reply = askOnce(question, areaDescriptor, limits_.secondsPerCall, "running " + doing);
    if (reply.kind != HostKind::Done)
        lost(ProcessLost(ProcessEnd::Nonsense, ""), 0, "running " + doing);
    // Copied before anything looks at it: the other side could still write.
    const auto copyOut = [&](int64_t offset, Array& target) {
        std::memcpy(target.data(), area_.floats(offset, layout.answerCount).data(),
                    static_cast<size_t>(layout.answerCount) * sizeof(float));
    };
    copyOut(layout.answerOffset, first);
    if (reply.second != 0)
        copyOut(layout.secondOffset, second);
    return reply.second != 0;
}

HostedModel::Answers HostedModel::call(HostMethod method, const Array& input) const {
    HostMessage question;
    question.kind = HostKind::Call;
    question.method = method;
    question.forward = forward_;
    question.channels = card_.input.channels;
    question.height = card_.input.height;
    question.width = card_.input.width;
    question.latent = card_.latent;
    const int64_t count = input.dim(0);
    std::vector<int64_t> shape{count};
    if (method == HostMethod::Encode)
        shape = {count, card_.latent};
    else if (method == HostMethod::Decode)
        shape = {count, card_.input.channels, card_.input.height, card_.input.width};
    Answers answers{Array(shape), method == HostMethod::Score ? Array() : Array(shape)};
    const int64_t rowValues = std::max<int64_t>(1, input.size() / std::max<int64_t>(1, count));
    const int64_t rowsPerCall = std::clamp<int64_t>(maxInputBytes / 4 / rowValues, 1, maxHostRows);
    bool second = method != HostMethod::Score;
    for (int64_t begin = 0; begin < count; begin += rowsPerCall) {
        const int64_t end = std::min(count, begin + rowsPerCall);
        question.rows = end - begin;
        Array first = answers.first.slice(begin, end);
        Array other = answers.second.empty() ? Array() : answers.second.slice(begin, end);
        second = callRows(question, input.slice(begin, end).contiguousCopy(), first, other) && second;
    }
    if (!second)
        answers.second = Array();
    return answers;
}

/// Throws if nothing is finite; notes it if something is not.
int64_t HostedModel::resultsNotFinite(const Array& values, const std::string& method) const {
    const int64_t bad = values.empty() ? 0 : countNotFinite(values);
    if (bad > 0 && bad == values.size())
        throw ModelError(file_.path(), method + " gave no finite value",
                         "check the model's weights and its input");
    if (bad > 0)
        noteOnce(method + " gave values that are not finite");
    return bad;
}

Encoding HostedModel::encode(const Array& images) const {
    requireMethod(card_, "encode");
    requireImages(card_, images);
    if (images.dim(0) == 0)
        return {Array({0, card_.latent}), {}};
    Answers answers = call(HostMethod::Encode, normalised(images));
    for (const Array* part : {&answers.first, &answers.second})
        if (!part->empty() && countNotFinite(*part) > 0)
            throw ModelError(file_.path(), "encode gave latent values that are not finite",
                             "check the images for values that are not finite, and the model's weights");
    return {answers.first, answers.second};
}

Decoding HostedModel::decode(const Array& latents) const {
    requireMethod(card_, "decode");
    requireLatents(card_, latents);
    if (latents.dim(0) == 0)
        return {Array({0, card_.input.channels, card_.input.height, card_.input.width}), {}};
    Answers answers = call(HostMethod::Decode, latents.contiguousCopy());
    resultsNotFinite(answers.first, "decode");
    resultsNotFinite(answers.second, "decode's variance");
    if (!answers.second.empty()) {
        const auto variance = answers.second.values();
        if (std::any_of(variance.begin(), variance.end(), [](float value) { return value < 0; }))
            noteOnce("decode gave negative variances");
    }
    inDataUnits(answers.first, false);
    inDataUnits(answers.second, true);
    return {answers.first, answers.second};
}

Array HostedModel::score(const Array& images) const {
    requireMethod(card_, "score");
    requireImages(card_, images);
    if (images.dim(0) == 0)
        return Array({0});
    Answers answers = call(HostMethod::Score, normalised(images));
    resultsNotFinite(answers.first, "score");
    return answers.first;
}

} // namespace galatea
