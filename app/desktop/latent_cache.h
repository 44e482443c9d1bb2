#pragma once
// Latents made once for a pair of files are kept, so that reopening them shows the same view at once.

#include <optional>

#include "app/desktop/document.h"

namespace galatea {

/// Where the latents of this data set under this model are kept; empty where either is not a file, or where
/// the person's cache cannot be used. The name holds path, size and time of both files and the transform.
QString latentCacheFile(const DataContent& data, const ModelContent& model);

/// The kept latents if they are there, readable and of the right size.
std::optional<Latents> cachedLatents(const QString& file, const Dataset& data, const ModelCard& card);
/// Best effort: a full disk is no reason to fail.
void keepLatents(const Latents& latents, const QString& file);

} // namespace galatea
