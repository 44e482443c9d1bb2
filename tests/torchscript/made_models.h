#pragma once
// Runs make_models.py once per test program and reads what it left.

#include <QFile>
#include <QProcess>
#include <QTemporaryDir>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include "core/array.h"
#include "tests/support/python.h"

namespace galatea {

class MadeModels {
  public:
    /// False with a reason if Python's torch is missing or the script fails.
    bool make(QString& reason) {
        const QString python = pythonThatCan(QStringLiteral("import torch, numpy"));
        if (python.isEmpty()) {
            reason = QStringLiteral("needs a Python with torch and numpy");
            return false;
        }
        QProcess process;
        process.start(
            python, {QStringLiteral(GALATEA_SOURCE_DIR "/tests/torchscript/make_models.py"), folder_.path()});
        process.waitForFinished(300000);
        made_ = process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0;
        reason = QString::fromUtf8(process.readAllStandardError());
        return made_;
    }

    std::string path(const std::string& name) const {
        return folder_.filePath(QString::fromStdString(name)).toStdString();
    }

    Array floats(const std::string& name, std::vector<int64_t> shape) const {
        QFile file(QString::fromStdString(path(name + ".f32")));
        Array array(std::move(shape));
        if (!file.open(QIODevice::ReadOnly) || file.size() != array.size() * 4)
            return {};
        const QByteArray bytes = file.readAll();
        std::memcpy(array.data(), bytes.data(), static_cast<size_t>(bytes.size()));
        return array;
    }

  private:
    QTemporaryDir folder_;
    bool made_ = false;
};

/// Largest |a − b|; infinity if the shapes differ.
inline double largestDifference(const Array& a, const Array& b) {
    if (a.shape() != b.shape())
        return std::numeric_limits<double>::infinity();
    double largest = 0;
    const auto first = a.values(), second = b.values();
    for (size_t i = 0; i < first.size(); ++i)
        largest = std::max(largest, static_cast<double>(std::abs(first[i] - second[i])));
    return largest;
}

} // namespace galatea
