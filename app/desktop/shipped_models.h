#pragma once
// What comes with the program: the resources folder, and the trained models in it.

#include <vector>

#include <QString>

namespace galatea {

/// The first of GALATEA_RESOURCES, ../share/galatea beside the program, and the source tree of a build, that
/// holds `file` (a path within it). Empty if none does.
QString resourcesFolderWith(const QString& file);

struct ShippedModel {
    QString name;  ///< of its folder, e.g. "casvae"
    QString title; ///< the heading of its README.md
    QString path;
};

/// Every models/NAME/model.safetensors, by name; each has its recipe and its figures beside it.
std::vector<ShippedModel> shippedModels();

} // namespace galatea
