#pragma once
// Every loss term of every epoch, as CSV that can be read while training goes on.

#include <fstream>
#include <string>
#include <vector>

#include "training/train.h"

namespace galatea {

class LossLog {
  public:
    /// An empty path logs nothing. Lines of the first `keepEpochs` epochs stay (resuming), later ones go:
    /// they will be written again. `terms` are the names of all loss terms. Throws InputError if it cannot be
    /// written.
    LossLog(std::string path, std::vector<std::string> terms, int64_t keepEpochs);
    /// Columns: epoch, phase, learning_rate, seconds, train_<term>..., validation_<term>... A term that has
    /// no value is empty.
    void add(const EpochLog& epoch);

  private:
    void writeTerms(const std::map<std::string, double>& values);

    std::string path_;
    std::vector<std::string> terms_;
    std::ofstream file_;
};

} // namespace galatea
