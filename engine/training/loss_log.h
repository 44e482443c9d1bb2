#pragma once
// Every loss term of every epoch, as CSV that can be read while training goes on.

#include <fstream>
#include <string>
#include <vector>

#include "training/train.h"

namespace galatea {

class LossLog {
  public:
    /// An empty path logs nothing. With `keep`, earlier lines stay (resuming). Throws InputError if it cannot
    /// be written.
    LossLog(std::string path, bool keep);
    /// Columns: epoch, phase, learning_rate, seconds, train_<term>..., validation_<term>... A term that has
    /// no value yet is empty.
    void add(const EpochLog& epoch);

  private:
    std::string path_;
    std::ofstream file_;
    bool headed_ = false;
};

/// The terms logged, in the order of their columns.
const std::vector<std::string>& loggedTerms();

} // namespace galatea
