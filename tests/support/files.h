#pragma once
// Files for tests: bytes in and out, ways to damage them, the material beside the project.

#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include <QDir>
#include <QProcess>
#include <QString>
#include <QStringList>
#include <QTemporaryDir>

#include "core/error.h"
#include "core/random.h"

namespace galatea {

inline std::string readBytes(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void writeBytes(const std::string& path, const std::string& bytes) {
    std::ofstream(path, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

inline std::string inFolder(const QTemporaryDir& folder, const char* name) {
    return folder.filePath(name).toStdString();
}

/// Material that is not part of the project; tests skip where it is absent.
inline std::string materialFolder() {
    return std::string(GALATEA_SOURCE_DIR) + "/../shared/data";
}

/// What the call says when it throws an Error; "" if it returns.
inline std::string errorOf(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

/// Cuts the bytes at `cuts` lengths, spread evenly and never whole.
inline std::vector<std::string> truncations(const std::string& bytes, size_t cuts) {
    std::vector<std::string> result;
    for (size_t i = 0; i < cuts; ++i)
        result.push_back(bytes.substr(0, bytes.size() * i / cuts));
    result.push_back(bytes.substr(0, bytes.size() - 1));
    return result;
}

/// Copies with a few bytes between `begin` and `end` replaced by noise; the same every time.
inline std::vector<std::string> flippedBytes(const std::string& bytes, size_t begin, size_t end, int copies,
                                             int flips = 3) {
    std::vector<std::string> result;
    RandomStream random(7, "flipped bytes");
    for (int i = 0; i < copies; ++i) {
        std::string copy = bytes;
        for (int n = 0; n < flips; ++n)
            copy[begin + static_cast<size_t>(random.below(static_cast<int64_t>(end - begin)))] =
                static_cast<char>(random.below(256));
        result.push_back(std::move(copy));
    }
    return result;
}

/// Standard output of a Python script, trimmed; what it complained of if it failed.
inline QString pythonSays(const QString& program, const QString& script, const QStringList& arguments = {}) {
    QProcess process;
    process.start(program, QStringList{"-c", script} + arguments);
    if (!process.waitForFinished(120000) || process.exitCode() != 0)
        return "python failed: " + QString::fromUtf8(process.readAllStandardError());
    return QString::fromUtf8(process.readAllStandardOutput()).trimmed();
}

} // namespace galatea
