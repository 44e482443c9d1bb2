// HDF5 files read by a decode worker of their own. A worker that dies is started anew at the next call, but a
// file that ends two of them, or lets one compute for too long, is given up for a while, also by those who
// open it next: they would only wait again.

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <map>
#include <mutex>
#include <stdexcept>

#include "core/error.h"
#include "io/decode_worker.h"
#include "io/hdf5_backend.h"
#include "io/hdf5_wire.h"
#include "io/walled_file.h"

namespace galatea::hdf5 {

namespace {

using namespace decode;

constexpr int mostLosses = 2;
constexpr double baseSeconds = 10;             ///< for one question that moves little
constexpr int64_t listRoom = int64_t{1} << 30; ///< for texts and numbers; none is taken before it is needed

/// Files given up lately, by what the system knows them by; one that has been changed since is another.
class GivenUp {
  public:
    using Clock = std::chrono::steady_clock;

    /// Throws the sentence of the last failure if the file is among them.
    void refuse(const RegularFile& file) {
        const std::lock_guard lock(mutex_);
        std::erase_if(entries_, [](const Entry& entry) { return Clock::now() - entry.since > keptFor; });
        const auto found = std::find_if(entries_.begin(), entries_.end(),
                                        [key = keyOf(file)](const Entry& entry) { return entry.key == key; });
        if (found != entries_.end())
            throw InputError(file.path(), found->fault, found->cure);
    }
    void add(const RegularFile& file, const InputError& error) {
        const std::lock_guard lock(mutex_);
        entries_.push_back({keyOf(file), error.fault(), error.cure(), Clock::now()});
    }

  private:
    using Key = std::array<int64_t, 5>;
    struct Entry {
        Key key;
        std::string fault, cure;
        Clock::time_point since;
    };
    static constexpr std::chrono::seconds keptFor{60};

    static Key keyOf(const RegularFile& file) {
        struct stat facts {};
        fstat(file.descriptor(), &facts);
        return {static_cast<int64_t>(facts.st_dev), static_cast<int64_t>(facts.st_ino), facts.st_size,
                facts.st_mtim.tv_sec, facts.st_mtim.tv_nsec};
    }

    std::mutex mutex_;
    std::vector<Entry> entries_;
};

GivenUp& givenUp() {
    static GivenUp files;
    return files;
}

class RemoteBackend : public Backend {
  public:
    explicit RemoteBackend(RegularFile file)
        : file_(std::move(file)), allowed_(requireWalls(file_.path(), file_.descriptor())) {
        // A file that ends the worker by being opened gets no second try.
        losses_ = mostLosses - 1;
        ask(Task::Hdf5Exists, WireWriter().text("/"), Budget{.seconds = baseSeconds}, nullptr,
            [](WireReader&) {});
        losses_ = 0;
    }

    const std::string& path() const override { return file_.path(); }

    std::vector<Hdf5Dataset> datasets(int64_t limit) override {
        std::vector<Hdf5Dataset> found;
        list(Task::Hdf5Datasets, WireWriter().number(limit), [&](WireReader& reply) {
            for (int64_t count = reply.number(0, limit); count > 0; --count)
                found.push_back(takeDataset(reply));
        });
        return found;
    }

    std::vector<std::string> members(const std::string& group, int64_t limit) override {
        std::vector<std::string> names;
        list(Task::Hdf5Members, WireWriter().text(group).number(limit),
             [&](WireReader& reply) { names = reply.texts(); });
        return names;
    }

    ObjectKind kindOf(const std::string& object) override {
        auto kind = ObjectKind::None;
        list(Task::Hdf5Exists, WireWriter().text(object), [&](WireReader& reply) {
            kind = static_cast<ObjectKind>(reply.number(0, static_cast<int64_t>(ObjectKind::Other)));
        });
        return kind;
    }

    Hdf5Dataset describe(const std::string& dataset) override {
        {
            const std::lock_guard lock(mutex_);
            if (const auto known = described_.find(dataset); known != described_.end())
                return known->second;
        }
        Hdf5Dataset data;
        list(Task::Hdf5Describe, WireWriter().text(dataset),
             [&](WireReader& reply) { data = takeDataset(reply); });
        const std::lock_guard lock(mutex_);
        return described_.emplace(dataset, data).first->second;
    }

    Array readFloatRows(const std::string& dataset, std::span<const int64_t> rows) override {
        const Hdf5Dataset data = describe(dataset);
        const int64_t bytes = checkedRowBytes(path(), data, rows) * static_cast<int64_t>(rows.size());
        std::vector<int64_t> shape = data.shape;
        shape[0] = static_cast<int64_t>(rows.size());
        if (bytes == 0)
            return Array(shape);
        SealedMemory memory = SealedMemory::room(bytes);
        const Budget budget{baseSeconds + static_cast<double>(bytes) / 20e6, bytes};
        constexpr size_t runsPerMessage = 1000;
        for (size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
            const std::vector<int64_t> runs = takeRuns(rows, begin, runsPerMessage, end);
            WireWriter question;
            question.text(dataset).numbers(runs);
            question.number(bytes / static_cast<int64_t>(rows.size()) * static_cast<int64_t>(begin));
            const bool last = end == rows.size();
            ask(Task::Hdf5FloatRows, question, budget, &memory, [&](WireReader&) {
                if (last && !memory.seal(bytes))
                    throw WireFault();
            });
        }
        return memory.floats(0, shape);
    }

    std::vector<double> readDoubles(const std::string& dataset) override {
        std::vector<double> values;
        const int64_t count = describe(dataset).size();
        list(
            Task::Hdf5Doubles, WireWriter().text(dataset),
            [&](WireReader& reply) {
                values = reply.reals();
                requireCount(static_cast<int64_t>(values.size()), count);
            },
            count);
        return values;
    }

    std::vector<int64_t> readIntegers(const std::string& dataset) override {
        std::vector<int64_t> values;
        const int64_t count = describe(dataset).size();
        list(
            Task::Hdf5Integers, WireWriter().text(dataset),
            [&](WireReader& reply) {
                values = reply.numbers();
                requireCount(static_cast<int64_t>(values.size()), count);
            },
            count);
        return values;
    }

    std::vector<std::string> readTexts(const std::string& dataset) override {
        std::vector<std::string> values;
        const int64_t count = describe(dataset).size();
        list(
            Task::Hdf5Texts, WireWriter().text(dataset),
            [&](WireReader& reply) {
                values = reply.texts();
                requireCount(static_cast<int64_t>(values.size()), count);
            },
            count);
        return values;
    }

    std::vector<std::string> attributeNames(const std::string& object) override {
        std::vector<std::string> names;
        list(Task::Hdf5AttributeNames, WireWriter().text(object),
             [&](WireReader& reply) { names = reply.texts(); });
        return names;
    }

    std::optional<std::vector<std::string>> texts(const std::string& object,
                                                  const std::string& attribute) override {
        std::optional<std::vector<std::string>> values;
        list(Task::Hdf5TextAttribute, WireWriter().text(object).text(attribute), [&](WireReader& reply) {
            if (reply.number(0, 1) == 1)
                values = reply.texts();
        });
        return values;
    }

    std::optional<std::vector<double>> numbers(const std::string& object,
                                               const std::string& attribute) override {
        std::optional<std::vector<double>> values;
        list(Task::Hdf5NumberAttribute, WireWriter().text(object).text(attribute), [&](WireReader& reply) {
            if (reply.number(0, 1) == 1)
                values = reply.reals();
        });
        return values;
    }

  private:
    static void requireCount(int64_t given, int64_t expected) {
        if (given != expected)
            throw WireFault();
    }

    void connect() {
        worker_ = std::make_unique<DecodeWorker>(path(), allowed_);
        worker_->attach(path(), file_.descriptor());
        worker_->ask(Task::Hdf5Open, WireWriter(), Budget{.seconds = baseSeconds}, nullptr,
                     [](WireReader&) {});
    }

    /// `values`: how many of them the answer honestly needs.
    void list(Task task, const WireWriter& question, const std::function<void(WireReader&)>& use,
              int64_t values = 0) {
        SealedMemory room = SealedMemory::room(listRoom);
        // Each stands in the worker's list, in its message and in the shared memory.
        const int64_t bytes = std::min(values, listRoom / 8) * 8 * 3;
        ask(task, question, Budget{baseSeconds + static_cast<double>(bytes) / 20e6, bytes}, &room, use);
    }

    void ask(Task task, const WireWriter& question, const Budget& budget, SealedMemory* room,
             const std::function<void(WireReader&)>& use) {
        const std::lock_guard lock(mutex_);
        givenUp().refuse(file_);
        try {
            if (!worker_)
                connect();
            worker_->ask(task, question, budget, room, use);
        } catch (const InputError& error) {
            if (worker_ && !worker_->alive()) {
                const bool slow = worker_->ranOutOfTime();
                worker_.reset();
                if (++losses_ >= mostLosses || slow)
                    givenUp().add(file_, error);
            }
            throw;
        }
    }

    std::mutex mutex_;
    RegularFile file_;
    bool allowed_;
    std::unique_ptr<DecodeWorker> worker_;
    std::map<std::string, Hdf5Dataset> described_;
    int losses_ = 0;
};

} // namespace

std::unique_ptr<Backend> openRemote(RegularFile file) {
    return std::make_unique<RemoteBackend>(std::move(file));
}

} // namespace galatea::hdf5
