#include "training/loss_log.h"

#include <filesystem>

#include "core/error.h"

namespace galatea {

namespace {
void writeTerms(std::ostream& out, const std::map<std::string, double>& values) {
    for (const std::string& term : loggedTerms()) {
        out << ',';
        if (const auto found = values.find(term); found != values.end())
            out << Json(found->second).dump();
    }
}
} // namespace

const std::vector<std::string>& loggedTerms() {
    static const std::vector<std::string> terms{"total",   "reconstruction", "squared_error",
                                                "kl_unit", "kl_mixture",     "weights"};
    return terms;
}

LossLog::LossLog(std::string path, bool keep) : path_(std::move(path)) {
    if (path_.empty())
        return;
    std::error_code ignored;
    headed_ = keep && std::filesystem::file_size(path_, ignored) > 0 && !ignored;
    file_.open(path_, keep ? std::ios::app : std::ios::trunc);
    if (!file_)
        throw InputError(path_, "cannot be written", "choose another place for the loss log");
}

void LossLog::add(const EpochLog& epoch) {
    if (path_.empty())
        return;
    if (!headed_) {
        file_ << "epoch,phase,learning_rate,seconds";
        for (const char* set : {"train_", "validation_"})
            for (const std::string& term : loggedTerms())
                file_ << ',' << set << term;
        file_ << '\n';
        headed_ = true;
    }
    file_ << epoch.epoch << ',' << epoch.phase << ',' << epoch.learningRate << ',' << epoch.seconds;
    writeTerms(file_, epoch.training);
    writeTerms(file_, epoch.validation);
    file_ << '\n' << std::flush;
}

} // namespace galatea
