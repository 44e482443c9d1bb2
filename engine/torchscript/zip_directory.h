#pragma once
// What a zip archive says it holds, read without unpacking anything (PKWARE APPNOTE 6.3.10, zip64 included).

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace galatea {

struct ZipEntry {
    std::string name;
    int64_t packedBytes = 0; ///< as stored in the file
    int64_t bytes = 0;       ///< unpacked, as the directory claims
};

/// The archive is damaged or uses what no model archive uses; what() is the fault in words.
struct ZipFault : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Reads the central directory of an open file. Throws ZipFault unless every entry lies inside the file.
std::vector<ZipEntry> readZipDirectory(int descriptor, int64_t fileBytes);

} // namespace galatea
