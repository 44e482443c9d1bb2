#include "io/worker/bzip2_blocks.h"

#include <array>
#include <bit>
#include <cstring>
#include <memory>

#include <sys/mman.h>

namespace galatea::decode {

namespace {

constexpr size_t lanes = 3; // blocks side by side, 4.5 MB each: more of them fall out of the caches
constexpr int mostTables = 6, groupLength = 50;
constexpr int mostSymbols = 258, longestCode = 20;
constexpr uint32_t unitOfLevel = 100000; // bytes of a block per level, 1 … 9
constexpr uint64_t blockMark = 0x314159265359, endMark = 0x177245385090;

/// What makes the fast way give up.
struct Unusual {};

void require(bool usual) {
    if (!usual)
        throw Unusual();
}

/// Bits of the packed file, the highest of a byte first. Past its end there are zeros, until checkEnd().
class BitReader {
  public:
    explicit BitReader(PackedInput& input) : input_(input), part_(input.available()) {}

    uint32_t peek(int count) { return static_cast<uint32_t>(bits_ >> (64 - count)); }
    void skip(int count) {
        bits_ <<= count;
        have_ -= count;
    }
    /// At least 32 bits are there to peek() at afterwards.
    void fill() {
        if (have_ >= 32)
            return;
        if (part_.size() - at_ >= 8) {
            uint64_t next;
            std::memcpy(&next, part_.data() + at_, 8);
            if constexpr (std::endian::native == std::endian::little)
                next = __builtin_bswap64(next);
            const int bytes = (64 - have_) / 8; // 4 … 8
            bits_ |= bytes == 8 ? next : (next >> (64 - 8 * bytes)) << (64 - have_ - 8 * bytes);
            at_ += static_cast<size_t>(bytes);
            have_ += 8 * bytes;
            return;
        }
        while (have_ <= 56)
            fillByte();
    }
    uint32_t take(int count) { // at most 24
        fill();
        const uint32_t value = peek(count);
        skip(count);
        return value;
    }
    uint32_t takeWord() {
        const uint32_t high = take(16);
        return high << 16 | take(16);
    }
    uint64_t takeMark() {
        const uint64_t high = take(24);
        return high << 24 | take(24);
    }
    void checkEnd() const { require(beyond_ * 8 <= have_); }
    /// The input goes on at the next whole byte.
    void finish() {
        checkEnd();
        const int64_t unread = (have_ - beyond_ * 8) / 8;
        input_.seek(input_.position() + static_cast<int64_t>(at_) - unread);
    }

  private:
    void fillByte() {
        if (at_ == part_.size()) {
            input_.consume(part_.size());
            part_ = input_.available();
            at_ = 0;
        }
        uint64_t byte = 0;
        if (part_.empty())
            ++beyond_;
        else
            byte = std::to_integer<uint64_t>(part_[at_++]);
        bits_ |= byte << (56 - have_);
        have_ += 8;
    }

    PackedInput& input_;
    std::span<std::byte> part_;
    size_t at_ = 0;
    uint64_t bits_ = 0;
    int have_ = 0;
    int64_t beyond_ = 0; ///< bytes invented
};

/// A Huffman code: symbols by the first bits where the code is short, by counting along where it is long.
class CodeTable {
  public:
    void build(const std::array<uint8_t, mostSymbols>& lengths, int symbols) {
        std::array<uint32_t, longestCode + 2> count{};
        for (int symbol = 0; symbol < symbols; ++symbol)
            ++count[lengths[static_cast<size_t>(symbol)]];
        uint32_t code = 0, first = 0;
        std::array<uint32_t, longestCode + 2> next{};
        for (size_t length = 1; length <= longestCode; ++length) {
            code <<= 1;
            next[length] = first;
            offset_[length] = first - code;
            first += count[length];
            code += count[length];
            require(code <= uint32_t{1} << length); // more codes than there is room for
            end_[length] = code << (longestCode - length);
        }
        for (int symbol = 0; symbol < symbols; ++symbol)
            sorted_[next[lengths[static_cast<size_t>(symbol)]]++] = static_cast<uint16_t>(symbol);
        fillQuick();
    }

    /// Needs 20 bits to peek at.
    uint32_t read(BitReader& bits) const {
        const Quick quick = quick_[bits.peek(quickBits)];
        if (quick.length != 0) {
            bits.skip(quick.length);
            return quick.symbol;
        }
        return readLong(bits);
    }

  private:
    static constexpr int quickBits = 10;
    struct Quick {
        uint16_t symbol = 0;
        uint16_t length = 0; ///< 0: longer than this table knows, or no code
    };

    void fillQuick() {
        quick_.fill({});
        uint32_t code = 0;
        for (int length = 1; length <= quickBits; ++length) {
            const uint32_t end = end_[static_cast<size_t>(length)] >> (longestCode - length);
            for (code <<= 1; code < end; ++code) {
                const Quick quick{sorted_[code + offset_[static_cast<size_t>(length)]],
                                  static_cast<uint16_t>(length)};
                const uint32_t from = code << (quickBits - length);
                std::fill_n(quick_.begin() + from, size_t{1} << (quickBits - length), quick);
            }
        }
    }

    uint32_t readLong(BitReader& bits) const {
        const uint32_t ahead = bits.peek(longestCode);
        for (int length = quickBits + 1; length <= longestCode; ++length)
            if (ahead < end_[static_cast<size_t>(length)]) {
                bits.skip(length);
                return sorted_[(ahead >> (longestCode - length)) + offset_[static_cast<size_t>(length)]];
            }
        throw Unusual();
    }

    std::array<Quick, size_t{1} << quickBits> quick_{};
    std::array<uint32_t, longestCode + 2> end_{};    ///< first code of this length that is none, 20 bits
    std::array<uint32_t, longestCode + 2> offset_{}; ///< code + offset: place in sorted_
    std::array<uint16_t, mostSymbols> sorted_{};
};

/// Bytes in the order of their last use.
class RecentBytes {
  public:
    void set(size_t place, uint8_t byte) { bytes_[place] = byte; }
    uint8_t front() const { return bytes_[0]; }
    uint8_t use(size_t place) {
        const uint8_t byte = bytes_[place];
        if (place < 16)
            for (size_t i = place; i > 0; --i)
                bytes_[i] = bytes_[i - 1];
        else
            std::memmove(bytes_.data() + 1, bytes_.data(), place);
        bytes_[0] = byte;
        return byte;
    }

  private:
    std::array<uint8_t, 256> bytes_{};
};

/// Room for the links of one block, on large pages where there are any: the chain touches all of it.
class Links {
  public:
    Links() {
        constexpr size_t largePage = size_t{2} << 20, most = 9 * unitOfLevel * sizeof(uint32_t);
        constexpr size_t bytes = (most + largePage - 1) / largePage * largePage;
        data_.reset(static_cast<uint32_t*>(std::aligned_alloc(largePage, bytes)));
        if (!data_)
            throw std::bad_alloc();
        madvise(data_.get(), bytes, MADV_HUGEPAGE); // a wish
    }
    uint32_t* data() { return data_.get(); }
    uint32_t& operator[](size_t i) { return data_.get()[i]; }

  private:
    struct Free {
        void operator()(uint32_t* data) const { std::free(data); }
    };
    std::unique_ptr<uint32_t, Free> data_;
};

/// A block between its code and its bytes.
struct Block {
    Links links;        ///< low 8 bits: the byte; above: where the next link is
    uint32_t count = 0; ///< of bytes
    uint32_t at = 0;    ///< where the chain stands
    uint32_t checkSum = 0;
    std::vector<uint8_t> bytes; ///< of the chain
};

/// Reads blocks as far as their links.
class BlockReader {
  public:
    BlockReader(BitReader& bits, uint32_t most) : bits_(bits), most_(most) {}

    void read(Block& block) {
        block.checkSum = bits_.takeWord();
        require(bits_.take(1) == 0); // "randomised": nobody has written that since 1997
        const uint32_t origin = bits_.take(24);
        readUsedBytes();
        const uint32_t tables = bits_.take(3);
        require(tables >= 2 && tables <= mostTables);
        readSelectors(tables);
        for (uint32_t table = 0; table < tables; ++table)
            readTable(tables_[table]);
        readBytes(block);
        bits_.checkEnd();
        require(origin < block.count);
        link(block, origin);
    }

  private:
    void readUsedBytes() {
        const uint32_t rows = bits_.take(16);
        used_ = 0;
        for (uint32_t row = 0; row < 16; ++row) {
            if ((rows >> (15 - row) & 1) == 0)
                continue;
            const uint32_t marks = bits_.take(16);
            for (uint32_t column = 0; column < 16; ++column)
                if ((marks >> (15 - column) & 1) != 0)
                    recent_.set(used_++, static_cast<uint8_t>(row * 16 + column));
        }
        require(used_ > 0);
    }

    void readSelectors(uint32_t tables) {
        const uint32_t count = bits_.take(15);
        require(count > 0);
        selectors_.resize(count);
        std::array<uint8_t, mostTables> order{0, 1, 2, 3, 4, 5};
        for (uint8_t& selector : selectors_) {
            size_t place = 0;
            while (bits_.take(1) != 0)
                require(++place < tables);
            selector = order[place];
            std::memmove(order.data() + 1, order.data(), place);
            order[0] = selector;
        }
    }

    void readTable(CodeTable& table) {
        std::array<uint8_t, mostSymbols> lengths{};
        uint32_t length = bits_.take(5);
        for (uint32_t symbol = 0; symbol < used_ + 2; ++symbol) {
            for (;;) {
                require(length >= 1 && length <= longestCode);
                if (bits_.take(1) == 0)
                    break;
                length += bits_.take(1) == 0 ? 1 : ~uint32_t{0};
            }
            lengths[symbol] = static_cast<uint8_t>(length);
        }
        table.build(lengths, static_cast<int>(used_ + 2));
    }

    /// Huffman code, runs of the most recent byte, move to front.
    void readBytes(Block& block) {
        const uint32_t end = used_ + 1;
        counts_.fill(0);
        uint32_t count = 0, run = 0, digit = 1;
        for (const uint8_t selector : selectors_) {
            const CodeTable& table = tables_[selector];
            for (int i = 0; i < groupLength; ++i) {
                bits_.fill();
                const uint32_t symbol = table.read(bits_);
                if (symbol <= 1) { // a digit of a run's length, to the base 2 with digits 1 and 2
                    require(digit <= most_);
                    run += digit << symbol;
                    digit <<= 1;
                    continue;
                }
                if (run > 0) {
                    require(run <= most_ - count);
                    std::fill_n(block.links.data() + count, run, uint32_t{recent_.front()});
                    counts_[recent_.front()] += run;
                    count += run;
                    run = 0;
                    digit = 1;
                }
                if (symbol == end) {
                    block.count = count;
                    return;
                }
                require(count < most_);
                const uint8_t byte = recent_.use(symbol - 1);
                ++counts_[byte];
                block.links[count++] = byte;
            }
        }
        throw Unusual();
    }

    /// Sorted by their bytes, the places of the block are the places of their followers.
    void link(Block& block, uint32_t origin) {
        uint32_t before = 0;
        for (uint32_t& count : counts_) {
            before += count;
            count = before - count;
        }
        uint32_t* links = block.links.data();
        for (uint32_t i = 0; i < block.count; ++i)
            links[counts_[links[i] & 0xff]++] |= i << 8;
        block.at = links[origin] >> 8;
    }

    BitReader& bits_;
    uint32_t most_;
    uint32_t used_ = 0; ///< different bytes of the block
    RecentBytes recent_;
    std::vector<uint8_t> selectors_;
    std::array<CodeTable, mostTables> tables_;
    std::array<uint32_t, 256> counts_{};
};

/// Follows the chains of the first `Count` blocks side by side, from byte `from` to byte `to`.
template <size_t Count>
void follow(std::array<Block, lanes>& blocks, uint32_t from, uint32_t to) {
    std::array<const uint32_t*, Count> links;
    std::array<uint8_t*, Count> bytes;
    std::array<uint32_t, Count> at;
    for (size_t lane = 0; lane < Count; ++lane) {
        links[lane] = blocks[lane].links.data();
        bytes[lane] = blocks[lane].bytes.data();
        at[lane] = blocks[lane].at;
    }
    for (uint32_t i = from; i < to; ++i)
        for (size_t lane = 0; lane < Count; ++lane) {
            const uint32_t link = links[lane][at[lane]];
            bytes[lane][i] = static_cast<uint8_t>(link);
            at[lane] = link >> 8;
        }
    for (size_t lane = 0; lane < Count; ++lane)
        blocks[lane].at = at[lane];
}

/// All chains to their ends. Only the last block of a file is shorter than the others by much.
void followAll(std::array<Block, lanes>& blocks, size_t count) {
    uint32_t shortest = blocks[0].count;
    for (size_t lane = 0; lane < count; ++lane) {
        blocks[lane].bytes.resize(blocks[lane].count);
        shortest = std::min(shortest, blocks[lane].count);
    }
    constexpr std::array<void (*)(std::array<Block, lanes>&, uint32_t, uint32_t), lanes> together{
        follow<1>, follow<2>, follow<3>};
    together[count - 1](blocks, 0, shortest);
    for (size_t lane = 0; lane < count; ++lane) {
        std::swap(blocks[0], blocks[lane]);
        follow<1>(blocks, shortest, blocks[0].count);
        std::swap(blocks[0], blocks[lane]);
    }
}

/// CRC-32 with the highest bit first, four bytes at a time.
class CheckSum {
  public:
    void add(std::span<const std::byte> bytes) {
        static const Tables tables = makeTables();
        size_t i = 0;
        for (; i + 4 <= bytes.size(); i += 4) {
            uint32_t word;
            std::memcpy(&word, bytes.data() + i, 4);
            if constexpr (std::endian::native == std::endian::little)
                word = __builtin_bswap32(word);
            word ^= sum_;
            sum_ = tables[3][word >> 24] ^ tables[2][word >> 16 & 0xff] ^ tables[1][word >> 8 & 0xff] ^
                   tables[0][word & 0xff];
        }
        for (; i < bytes.size(); ++i)
            sum_ = sum_ << 8 ^ tables[0][sum_ >> 24 ^ std::to_integer<uint32_t>(bytes[i])];
    }
    uint32_t value() const { return ~sum_; }

  private:
    using Tables = std::array<std::array<uint32_t, 256>, 4>;
    static Tables makeTables() {
        Tables tables{};
        for (uint32_t byte = 0; byte < 256; ++byte) {
            uint32_t sum = byte << 24;
            for (int bit = 0; bit < 8; ++bit)
                sum = sum << 1 ^ (sum >> 31 != 0 ? 0x04c11db7 : 0);
            tables[0][byte] = sum;
        }
        for (size_t more = 1; more < 4; ++more)
            for (size_t byte = 0; byte < 256; ++byte) {
                const uint32_t sum = tables[more - 1][byte];
                tables[more][byte] = sum << 8 ^ tables[0][sum >> 24];
            }
        return tables;
    }
    uint32_t sum_ = 0xffffffff;
};

/// Undoes the first of bzip2's steps, four equal bytes and a count for a run, and checks the sum.
void expand(const Block& block, UnpackedOutput& output) {
    std::array<uint8_t, size_t{64} << 10> made;
    size_t count = 0;
    CheckSum sum;
    const auto flush = [&] {
        const auto bytes = std::as_bytes(std::span(made).first(count));
        sum.add(bytes);
        output.write(bytes);
        count = 0;
    };
    const uint8_t* bytes = block.bytes.data();
    for (uint32_t i = 0, equal = 0; i < block.count; ++i) {
        if (count + 256 > made.size())
            flush();
        const uint8_t byte = bytes[i];
        made[count++] = byte;
        equal = i > 0 && equal > 0 && byte == bytes[i - 1] ? equal + 1 : 1;
        if (equal < 4)
            continue;
        require(++i < block.count);
        std::fill_n(made.begin() + static_cast<std::ptrdiff_t>(count), bytes[i], byte);
        count += bytes[i];
        equal = 0;
    }
    flush();
    require(sum.value() == block.checkSum);
}

void unpackMember(PackedInput& input, UnpackedOutput& output) {
    BitReader bits(input);
    require(bits.take(8) == 'B' && bits.take(8) == 'Z' && bits.take(8) == 'h');
    const uint32_t level = bits.take(8) - '0';
    require(level >= 1 && level <= 9);
    BlockReader reader(bits, level * unitOfLevel);
    const auto blocks = std::make_unique<std::array<Block, lanes>>();
    uint32_t sumOfAll = 0;
    for (bool ended = false; !ended;) {
        size_t count = 0;
        while (count < lanes && !ended) {
            const uint64_t mark = bits.takeMark();
            require(mark == blockMark || mark == endMark);
            ended = mark == endMark;
            if (!ended)
                reader.read((*blocks)[count++]);
        }
        if (count > 0)
            followAll(*blocks, count);
        for (size_t lane = 0; lane < count; ++lane) {
            expand((*blocks)[lane], output);
            sumOfAll = std::rotl(sumOfAll, 1) ^ (*blocks)[lane].checkSum;
        }
    }
    require(bits.takeWord() == sumOfAll);
    bits.finish();
}

} // namespace

bool unpackBzip2Blocks(PackedInput& input, UnpackedOutput& output) {
    const int64_t from = input.position(), total = output.total();
    try {
        unpackMember(input, output);
        return true;
    } catch (const Unusual&) {
        input.seek(from);
        output.rewind(total);
        return false;
    }
}

} // namespace galatea::decode
