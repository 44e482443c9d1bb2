#include "io/worker/serve.h"

#include <unistd.h>

#include <cstring>
#include <new>
#include <optional>
#include <stdexcept>

#include "core/error.h"
#include "io/decode_protocol.h"
#include "io/hdf5_handle.h"
#include "io/worker/inflate_stream.h"
#include "io/worker/memory_writer.h"
#include "io/worker/serve_hdf5.h"
#include "io/worker/tiff_picture.h"
#include "io/worker/tile_fits.h"
#include "sandbox/message_socket.h"

namespace galatea::decode {

namespace {

/// What came along with a question, closed when it has been answered.
class CameAlong {
  public:
    explicit CameAlong(int descriptor) : descriptor_(descriptor) {}
    ~CameAlong() {
        if (descriptor_ >= 0)
            close(descriptor_);
    }
    CameAlong(const CameAlong&) = delete;
    CameAlong& operator=(const CameAlong&) = delete;
    int get() const { return descriptor_; }
    int release() { return std::exchange(descriptor_, -1); }

  private:
    int descriptor_;
};

class Worker {
  public:
    /// The answer to one question, in the form of decode_protocol.h.
    std::string answer(std::string_view message, int descriptor) {
        CameAlong along(descriptor);
        WireWriter reply;
        try {
            WireReader question(message);
            const auto task =
                static_cast<Task>(question.number(1, static_cast<int64_t>(Task::Hdf5NumberAttribute)));
            const WireWriter values = carryOut(task, question, along);
            if (values.bytes().size() <= maxDecodeMessage - 64)
                return reply.number(static_cast<int64_t>(Outcome::Done)).bytes() + values.bytes();
            return inMemory(values.bytes(), along.get());
        } catch (const InputError& error) {
            return told(Outcome::Input, error.fault(), error.cure());
        } catch (const std::out_of_range& error) {
            return told(Outcome::Range, error.what());
        } catch (const std::bad_alloc&) {
            return told(Outcome::Failed, "it needs more memory than it may have");
        } catch (const std::exception& error) {
            return told(Outcome::Failed, error.what());
        }
    }

  private:
    static std::string told(Outcome outcome, const std::string& fault, const std::string& cure = "") {
        constexpr size_t most = 2000;
        WireWriter reply;
        reply.number(static_cast<int64_t>(outcome)).text(fault.substr(0, most)).text(cure.substr(0, most));
        return reply.bytes();
    }

    static std::string inMemory(const std::string& bytes, int room) {
        const auto length = static_cast<int64_t>(bytes.size());
        const MemoryView view(room, 0, length);
        std::memcpy(view.bytes().data(), bytes.data(), bytes.size());
        return WireWriter().number(static_cast<int64_t>(Outcome::InMemory)).number(length).bytes();
    }

    const RegularFile& file() const {
        if (!file_)
            throw WireFault();
        return *file_;
    }

    WireWriter carryOut(Task task, WireReader& question, CameAlong& along) {
        switch (task) {
        case Task::Attach:
            hdf5_.reset();
            file_.reset();
            file_.emplace(RegularFile::adopt(along.release(), ""));
            return {};
        case Task::Inflate:
            return inflate(question, along.get());
        case Task::Tiff:
            return decodeTiff(question, along.get());
        case Task::FitsRows:
            return decodeFits(question, along.get());
        case Task::Hdf5Open:
            hdf5_ = hdf5::openLocal(RegularFile::adopt(dup(file().descriptor()), ""));
            return {};
        default:
            if (!hdf5_)
                throw WireFault();
            return answerHdf5(task, *hdf5_, question, along.get());
        }
    }

    WireWriter inflate(WireReader& question, int room) const {
        InflateOptions limits;
        limits.maxBytes = question.number();
        limits.maxRatio = question.number(1, int64_t{1} << 40);
        limits.freeBytes = question.number();
        const Inflated result = inflateInto(file(), room, limits);
        return WireWriter().number(result.bytes).texts(result.notes);
    }

    WireWriter decodeTiff(WireReader& question, int room) const {
        TiffPicture picture(file(), question.number());
        const TiffShape shape = picture.shape();
        const MemoryView view(room, 0, shape.samples() * static_cast<int64_t>(sizeof(float)));
        picture.decode({reinterpret_cast<float*>(view.bytes().data()), static_cast<size_t>(shape.samples())});
        return WireWriter()
            .number(shape.channels)
            .number(shape.height)
            .number(shape.width)
            .number(shape.bitsPerSample)
            .texts(picture.notes());
    }

    WireWriter decodeFits(WireReader& question, int room) const {
        CompressedFitsImage image;
        image.headerOffset = question.number();
        image.headerBytes = question.number();
        image.dataBytes = question.number();
        image.axes = question.numbers();
        const int64_t begin = question.number(), end = question.number();
        if (image.axes.empty() || image.axes[0] < 1 || end < begin)
            throw WireFault();
        const int64_t bytes = memoryLength(room);
        if ((end - begin) > bytes / static_cast<int64_t>(sizeof(float)) / image.axes[0])
            throw WireFault();
        const MemoryView view(room, 0, bytes);
        return WireWriter().texts(decodeTileRows(
            file(), image, begin, end,
            {reinterpret_cast<float*>(view.bytes().data()), static_cast<size_t>(bytes) / sizeof(float)}));
    }

    std::optional<RegularFile> file_;
    std::unique_ptr<hdf5::Backend> hdf5_;
};

} // namespace

void warmUp() {
    const hdf5::Lock lock;
    H5open();
}

void serve(int socket) {
    Worker worker;
    std::string message(maxDecodeMessage, '\0');
    for (;;) {
        const ReceivedBytes received = receiveBytes(socket, std::as_writable_bytes(std::span(message)));
        if (received.state != Received::Message)
            return;
        const std::string answer =
            worker.answer(std::string_view(message).substr(0, received.bytes), received.descriptor);
        if (!sendBytes(socket, std::as_bytes(std::span(answer))))
            return;
    }
}

} // namespace galatea::decode
