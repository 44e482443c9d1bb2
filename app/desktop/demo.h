#pragma once
// The demonstration: a small trained model from resources/demo and the simulated galaxies it learned from,
// made at the first start from the recipe beside it and kept in the person's cache.

#include <QString>

#include "app/desktop/document.h"
#include "core/progress.h"

namespace galatea {

struct Demonstration {
    DataContent data;
    ModelContent model;
};

/// The folder with demo.safetensors (resourcesFolderWith()). Empty if there is none.
QString demonstrationFolder();

/// Simulates or reopens the data and opens the model. Throws InputError if a file is missing or damaged.
Demonstration loadDemonstration(const StopToken& stop, ProgressSink& progress);

} // namespace galatea
