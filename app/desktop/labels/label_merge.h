#pragma once
// Labels and classes that come from elsewhere, a store or a file, as a change of the document's book.

#include <vector>

#include "app/desktop/document.h"
#include "app/desktop/labels/label_store.h"

namespace galatea {

/// `rows` and `labels` are equally long. Classes are known by their keys; those without a word of their own
/// are made, with their key as name. `onlyUnlabelled`: rows that have a label keep it.
LabelEdit mergedNews(Document& document, const std::vector<ClassEvent>& classes,
                     const std::vector<uint32_t>& rows, const std::vector<LabelEvent>& labels,
                     bool onlyUnlabelled);

} // namespace galatea
