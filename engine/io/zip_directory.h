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
    int64_t offset = 0;      ///< of the entry's own header in the file
    bool deflated = false;   ///< else stored as it is
    uint32_t checksum = 0;   ///< CRC-32 of the unpacked bytes
};

/// The archive is damaged or uses what no archive of arrays or models uses; what() is the fault in words.
struct ZipFault : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Reads the central directory of an open file. Throws ZipFault unless every entry lies inside the file.
std::vector<ZipEntry> readZipDirectory(int descriptor, int64_t fileBytes);

} // namespace galatea
