// Feeds a fuzz target files instead of noise:   replay_NAME FILE|FOLDER...
// Every file is tried whole, at some cuts and with a few bytes changed. Fails if there is nothing to try.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

int64_t tried = 0;

void tryBytes(const std::string& bytes) {
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    ++tried;
}

void tryFile(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    tryBytes(bytes);
    std::mt19937 random(static_cast<unsigned>(bytes.size()));
    for (int i = 1; i < 8; ++i)
        tryBytes(bytes.substr(0, bytes.size() * static_cast<size_t>(i) / 8));
    for (int i = 0; i < 40 && !bytes.empty(); ++i) {
        std::string changed = bytes;
        for (int n = 0; n < 3; ++n)
            changed[random() % changed.size()] = static_cast<char>(random());
        tryBytes(changed);
    }
}

} // namespace

int main(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
        const std::filesystem::path path = argv[i];
        if (std::filesystem::is_regular_file(path))
            tryFile(path);
        else if (std::filesystem::is_directory(path))
            for (const auto& entry : std::filesystem::directory_iterator(path))
                if (entry.is_regular_file())
                    tryFile(entry.path());
    }
    std::printf("%lld inputs tried\n", static_cast<long long>(tried));
    return tried > 0 ? 0 : 1;
}
