#include "io/fits_writer.h"

#include <algorithm>
#include <bit>
#include <stdexcept>

#include "io/atomic_file.h"
#include "io/fits_cards.h"
#include "io/fits_table_writer.h"

namespace galatea {

namespace {

constexpr int64_t pixelsAtOnce = int64_t{1} << 18;

void appendBigEndian(std::string& bytes, float value) {
    const auto bits = std::bit_cast<uint32_t>(value);
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes += static_cast<char>(bits >> shift & 0xFF);
}

FitsCard integerCard(const std::string& key, int64_t value, const std::string& comment) {
    return {key, value, comment};
}

} // namespace

struct FitsWriter::State {
    explicit State(const std::string& path) : file(path) {}

    /// SIMPLE or XTENSION.
    void beginHeader(FitsCardText& text, const std::string& extension) {
        if (first)
            text.logical("SIMPLE", true, "FITS Standard 4.0");
        else
            text.add({"XTENSION", extension, ""});
    }

    void finishHeader(FitsCardText& text, const FitsHeading& heading) {
        if (!heading.name.empty())
            text.add({"EXTNAME", fitsText(heading.name).substr(0, 60), ""});
        for (const FitsCard& card : heading.cards)
            text.add(card);
        text.addRaw(heading.rawCards);
        file.write(text.block());
        first = false;
    }

    /// Fills the data unit up to whole blocks.
    void pad(int64_t bytes) {
        const size_t over = static_cast<size_t>(bytes) % fitsBlock;
        if (over > 0)
            file.write(std::string(fitsBlock - over, '\0'));
    }

    void requireWhole() const {
        if (missing > 0)
            throw std::logic_error("an image of the FITS file lacks pixels");
    }

    AtomicFile file;
    bool first = true;
    int64_t announced = 0, missing = 0; ///< pixels of the image at hand
};

FitsWriter::FitsWriter(const std::string& path) : state_(std::make_unique<State>(path)) {}
FitsWriter::~FitsWriter() = default;

void FitsWriter::beginImage(const std::vector<int64_t>& shape, const FitsHeading& heading) {
    State& state = *state_;
    state.requireWhole();
    if (shape.size() > 9 || std::any_of(shape.begin(), shape.end(), [](int64_t axis) { return axis < 1; }))
        throw std::invalid_argument("a FITS image needs up to 9 axes of at least one pixel");
    FitsCardText text;
    const bool primary = state.first;
    state.beginHeader(text, "IMAGE");
    text.add(integerCard("BITPIX", shape.empty() ? 8 : -32, shape.empty() ? "no data" : "float32"));
    text.add(integerCard("NAXIS", static_cast<int64_t>(shape.size()), "number of axes"));
    for (size_t axis = 0; axis < shape.size(); ++axis)
        text.add(integerCard("NAXIS" + std::to_string(axis + 1), shape[shape.size() - 1 - axis], ""));
    if (primary) {
        text.logical("EXTEND", true, "extensions may follow");
    } else {
        text.add(integerCard("PCOUNT", 0, ""));
        text.add(integerCard("GCOUNT", 1, ""));
    }
    state.finishHeader(text, heading);
    state.announced = state.missing = shape.empty() ? 0 : checkedElementCount(shape);
}

void FitsWriter::append(const Array& pixels) {
    State& state = *state_;
    if (pixels.size() > state.missing)
        throw std::logic_error("an image of the FITS file gets more pixels than it has");
    const Array whole = pixels.contiguousCopy();
    const auto values = whole.values();
    for (size_t at = 0; at < values.size();) {
        const size_t end = std::min(values.size(), at + static_cast<size_t>(pixelsAtOnce));
        std::string bytes;
        bytes.reserve((end - at) * sizeof(float));
        for (; at < end; ++at)
            appendBigEndian(bytes, values[at]);
        state.file.write(bytes);
    }
    state.missing -= pixels.size();
    if (state.missing == 0 && !pixels.empty())
        state.pad(state.announced * static_cast<int64_t>(sizeof(float)));
}

void FitsWriter::addTable(const Table& table, const FitsHeading& heading, std::vector<std::string>& notes) {
    State& state = *state_;
    state.requireWhole();
    FitsTableLayout layout(table, state.file.target());
    if (state.first)
        beginImage({}, {});
    FitsCardText text;
    state.beginHeader(text, "BINTABLE");
    text.add(integerCard("BITPIX", 8, "bytes"));
    text.add(integerCard("NAXIS", 2, "a table"));
    text.add(integerCard("NAXIS1", layout.rowBytes(), "bytes per row"));
    text.add(integerCard("NAXIS2", table.rowCount(), "rows"));
    text.add(integerCard("PCOUNT", 0, ""));
    text.add(integerCard("GCOUNT", 1, ""));
    layout.addCards(text);
    state.finishHeader(text, heading);
    std::string bytes;
    for (int64_t row = 0; row < table.rowCount(); ++row) {
        layout.appendRow(row, bytes);
        if (bytes.size() > (1 << 20)) {
            state.file.write(bytes);
            bytes.clear();
        }
    }
    state.file.write(bytes);
    state.pad(layout.rowBytes() * table.rowCount());
    layout.note(notes);
}

void FitsWriter::commit() {
    state_->requireWhole();
    if (state_->first)
        beginImage({}, {});
    state_->file.commit();
}

void writeFitsCube(const std::string& path, const Array& images, const std::vector<FitsCard>& cards) {
    if (images.rank() < 2 || images.rank() > 4 || images.empty())
        throw std::invalid_argument("a FITS cube needs 2 to 4 axes and at least one pixel");
    FitsWriter file(path);
    FitsHeading heading;
    heading.cards = {{"ROWORDER", std::string("TOP-DOWN"), "first row is the top of the picture"}};
    heading.cards.insert(heading.cards.end(), cards.begin(), cards.end());
    file.beginImage(images.shape(), heading);
    file.append(images);
    file.commit();
}

} // namespace galatea
