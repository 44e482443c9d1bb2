#include "training/loss_log.h"

#include <cstdlib>

#include "core/error.h"
#include "io/atomic_file.h"

namespace galatea {

namespace {

/// The lines of an earlier log up to an epoch; nothing if it was of other terms.
std::string keptLines(const std::string& path, const std::string& heading, int64_t epochs) {
    std::ifstream file(path);
    std::string line, kept;
    if (!std::getline(file, line) || line != heading)
        return kept;
    while (std::getline(file, line) && !file.eof()) // a last line without its end was cut off
        if (const long epoch = std::strtol(line.c_str(), nullptr, 10); epoch >= 1 && epoch <= epochs)
            kept += line + '\n';
    return kept;
}

} // namespace

LossLog::LossLog(std::string path, std::vector<std::string> terms, int64_t keepEpochs)
    : path_(std::move(path)), terms_(std::move(terms)) {
    if (path_.empty())
        return;
    std::string heading = "epoch,phase,learning_rate,seconds";
    for (const char* set : {"train_", "validation_"})
        for (const std::string& term : terms_)
            heading += std::string(",") + set + term;
    const std::string kept = keepEpochs > 0 ? keptLines(path_, heading, keepEpochs) : std::string();
    AtomicFile start(path_);
    start.write(heading + '\n' + kept);
    start.commit();
    file_.open(path_, std::ios::app);
    if (!file_)
        throw InputError(path_, "cannot be written", "choose another place for the loss log");
}

void LossLog::writeTerms(const std::map<std::string, double>& values) {
    for (const std::string& term : terms_) {
        file_ << ',';
        if (const auto found = values.find(term); found != values.end())
            file_ << Json(found->second).dump();
    }
}

void LossLog::add(const EpochLog& epoch) {
    if (path_.empty())
        return;
    file_ << epoch.epoch << ',' << epoch.phase << ',' << epoch.learningRate << ',' << epoch.seconds;
    writeTerms(epoch.training);
    writeTerms(epoch.validation);
    file_ << '\n' << std::flush;
}

} // namespace galatea
