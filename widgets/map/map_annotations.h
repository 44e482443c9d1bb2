#pragma once
// What is written on a map, drawn by QPainter for pictures that leave the program: axes, ellipses, path,
// legend, colour bar. The window's overlay draws the same with Dear ImGui.

#include "widgets/map/overlay.h"

class QPainter;

namespace galatea {

/// In logical pixels of content.size; the painter's own scale makes them larger.
void paintAnnotations(QPainter& painter, const OverlayContent& content);

} // namespace galatea
