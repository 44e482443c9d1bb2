#include "io/sha256.h"

#include <array>
#include <memory>
#include <openssl/evp.h>
#include <stdexcept>
#include <vector>

#include "io/regular_file.h"

namespace galatea {

namespace {

class Digest {
  public:
    Digest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
        if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1)
            throw std::runtime_error("SHA-256 is not available");
    }
    void add(const void* bytes, size_t count) {
        if (EVP_DigestUpdate(context_.get(), bytes, count) != 1)
            throw std::runtime_error("SHA-256 failed");
    }
    std::string hex() {
        std::array<unsigned char, EVP_MAX_MD_SIZE> value{};
        unsigned int length = 0;
        if (EVP_DigestFinal_ex(context_.get(), value.data(), &length) != 1)
            throw std::runtime_error("SHA-256 failed");
        constexpr std::string_view digits = "0123456789abcdef";
        std::string text;
        for (unsigned int i = 0; i < length; ++i) {
            text += digits[value[i] >> 4];
            text += digits[value[i] & 15];
        }
        return text;
    }

  private:
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

} // namespace

std::string sha256(std::string_view bytes) {
    Digest digest;
    digest.add(bytes.data(), bytes.size());
    return digest.hex();
}

std::string sha256OfFile(const std::string& path) {
    const RegularFile file = openRegular(path);
    Digest digest;
    std::vector<std::byte> piece(1 << 20);
    for (int64_t at = 0; at < file.size();) {
        const auto count = std::min<int64_t>(file.size() - at, static_cast<int64_t>(piece.size()));
        const std::span<std::byte> part(piece.data(), static_cast<size_t>(count));
        file.readAt(at, part);
        digest.add(part.data(), part.size());
        at += count;
    }
    return digest.hex();
}

} // namespace galatea
