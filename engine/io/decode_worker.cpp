#include "io/decode_worker.h"

#include <algorithm>
#include <cstdio>
#include <mutex>

#include "core/error.h"
#include "core/text.h"
#include "io/sha256.h"
#include "io/walled_file.h"
#include "sandbox/walls.h"

namespace galatea::decode {

namespace {

constexpr size_t mostWaiting = 4; ///< each holds a few megabytes

struct Pool {
    std::mutex mutex;
    std::vector<std::unique_ptr<DecodeWorker>> waiting;
};

/// Never destroyed: at the program's end its workers die with it, which nobody needs to wait for.
Pool& pool() {
    static auto* theOne = new Pool;
    return *theOne;
}

std::string seconds(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.0f s", value);
    return text.data();
}

} // namespace

DecodeWorker::DecodeWorker(const std::string& file, bool allowedWithoutWalls) : file_(file) {
    WalledStart start;
    start.program = findHelper("galatea-decode-worker", "GALATEA_DECODE_WORKER");
    start.allowedWithoutWalls = allowedWithoutWalls;
    if (start.program.empty())
        throw InputError(file, "the helper program galatea-decode-worker, which decodes it, is missing",
                         "install Galatea again");
    try {
        process_ = std::make_unique<WalledProcess>(start);
    } catch (const ProcessLost& loss) {
        throw InputError(file, std::string("the helper program that decodes it ") + loss.what(),
                         "close other programs, or install Galatea again");
    }
}

DecodeWorker::~DecodeWorker() = default;

void DecodeWorker::lost(const ProcessLost& loss, const Budget& budget) {
    ranOutOfTime_ = loss.end == ProcessEnd::Time;
    const std::string how = loss.what();
    switch (loss.end) {
    case ProcessEnd::Died:
        throw InputError(file_, "decoding it failed: the helper program that did it ended (" + how + ")",
                         "the file is probably damaged: get it again");
    case ProcessEnd::Time:
        throw InputError(file_,
                         "decoding it took longer than " + seconds(budget.seconds) + " and was stopped",
                         "get the file again, or store it without compression");
    case ProcessEnd::Memory:
        throw InputError(file_, "decoding it took more memory than its size explains and was stopped",
                         "get the file again, or store it without compression");
    case ProcessEnd::Nonsense:
        throw InputError(file_, "decoding it failed: the helper program that did it answered nonsense",
                         "do not trust this file");
    case ProcessEnd::Stopped:
        break;
    }
    throw Interrupted("decoding " + file_ + " was interrupted");
}

void DecodeWorker::attach(const std::string& file, int descriptor) {
    file_ = file;
    const WireWriter message = WireWriter().number(static_cast<int64_t>(Task::Attach));
    const Budget budget;
    buffer_.resize(maxDecodeMessage);
    try {
        const size_t length = process_->askBytes(std::as_bytes(std::span(message.bytes())),
                                                 std::as_writable_bytes(std::span(buffer_)),
                                                 {budget.seconds, budget.ownBytes}, descriptor);
        WireReader reply(std::string_view(buffer_).substr(0, length));
        reply.number(static_cast<int64_t>(Outcome::Done), static_cast<int64_t>(Outcome::Done));
    } catch (const ProcessLost& loss) {
        lost(loss, budget);
    } catch (const WireFault&) {
        throw InputError(file, "it cannot be handed to the helper program that decodes it",
                         "check that it is a regular file");
    }
}

void DecodeWorker::ask(Task task, const WireWriter& arguments, const Budget& budget, SealedMemory* room,
                       const std::function<void(WireReader&)>& use) {
    const std::string message = WireWriter().number(static_cast<int64_t>(task)).bytes() + arguments.bytes();
    if (message.size() > maxDecodeMessage)
        throw InputError(file_, "one of its names is too long", "shorten it");
    buffer_.resize(maxDecodeMessage);
    try {
        const size_t length =
            process_->askBytes(std::as_bytes(std::span(message)), std::as_writable_bytes(std::span(buffer_)),
                               {budget.seconds, budget.ownBytes + budget.resultBytes},
                               room == nullptr ? -1 : room->descriptor());
        WireReader reply(std::string_view(buffer_).substr(0, length));
        const auto outcome = static_cast<Outcome>(reply.number(0, static_cast<int64_t>(Outcome::Failed)));
        if (outcome == Outcome::Done) {
            use(reply);
        } else if (outcome == Outcome::InMemory && room != nullptr) {
            if (!room->seal(reply.number(0, room->size())))
                throw WireFault();
            const auto bytes = room->bytes();
            WireReader values({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
            use(values);
        } else {
            const std::string fault = reply.text(), cure = reply.text();
            if (outcome == Outcome::Range)
                throw std::out_of_range(fault);
            if (outcome == Outcome::Input)
                throw InputError(file_, fault, cure);
            throw InputError(file_, "decoding it failed (" + fault + ")", "get the file again");
        }
    } catch (const ProcessLost& loss) {
        lost(loss, budget);
    } catch (const WireFault&) {
        try {
            process_->reject();
        } catch (const ProcessLost& loss) {
            lost(loss, budget);
        }
    }
}

BorrowedWorker::BorrowedWorker(const std::string& file, int descriptor) {
    reusable_ = !requireWalls(file, descriptor);
    // One that waited may have been ended by somebody meanwhile: then a fresh one is tried.
    for (bool fresh = false; !fresh;) {
        {
            const std::lock_guard lock(pool().mutex);
            if (reusable_ && !pool().waiting.empty()) {
                worker_ = std::move(pool().waiting.back());
                pool().waiting.pop_back();
            }
        }
        fresh = !worker_;
        if (fresh)
            worker_ = std::make_unique<DecodeWorker>(file, !reusable_);
        try {
            worker_->attach(file, descriptor);
            return;
        } catch (const InputError&) {
            if (fresh || worker_->alive())
                throw;
            worker_.reset();
        }
    }
}

BorrowedWorker::~BorrowedWorker() {
    if (!worker_ || !reusable_ || !worker_->alive())
        return;
    const std::lock_guard lock(pool().mutex);
    if (pool().waiting.size() < mostWaiting)
        pool().waiting.push_back(std::move(worker_));
}

std::vector<pid_t> waitingWorkers() {
    const std::lock_guard lock(pool().mutex);
    std::vector<pid_t> ids;
    for (const auto& worker : pool().waiting)
        ids.push_back(worker->id());
    return ids;
}

} // namespace galatea::decode
