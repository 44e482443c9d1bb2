#include "widgets/map/point_layer.h"

#include "widgets/map/clip_matrix.h"

#include <vtk_glew.h>

#include <vtkObjectFactory.h>
#include <vtkOpenGLRenderWindow.h>
#include <vtkOpenGLShaderCache.h>
#include <vtkOpenGLState.h>
#include <vtkRenderer.h>
#include <vtkShaderProgram.h>

#include <algorithm>
#include <cmath>

namespace galatea {

vtkStandardNewMacro(PointLayer);

namespace {

// Up to this many points a 3-D cloud is drawn strictly from back to front; beyond, the depth buffer decides.
constexpr size_t sortLimit = 400'000;

const char* const vertexShader = R"(//VTK::System::Dec
in vec3 place;
in vec4 tint;
uniform mat4 toClip;
uniform float size;       // device pixels
uniform float reference;  // distance at which a point has that size; 0: everywhere
uniform vec2 fade;        // depths between which a point sinks into the ground's colour
uniform float fadeMost;
uniform vec3 ground;
out vec4 colour;
out float radius;
void main() {
    if (tint.a == 0.0) {
        colour = vec4(0.0);
        radius = 0.0;
        gl_PointSize = 1.0;
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        return;
    }
    gl_Position = toClip * vec4(place, 1.0);
    float diameter = size;
    colour = tint;
    if (reference > 0.0) {
        diameter *= clamp(reference / gl_Position.w, 0.4, 4.0);
        float depth = clamp((gl_Position.w - fade.x) / (fade.y - fade.x), 0.0, 1.0);
        colour.rgb = mix(colour.rgb, ground, fadeMost * depth);
    }
    if (diameter < 1.5) { // a sprite cannot be smaller than the grid it is drawn on: let it be fainter instead
        colour.a *= diameter * diameter / 2.25;
        diameter = 1.5;
    }
    radius = 0.5 * diameter;
    gl_PointSize = diameter + 1.0;
}
)";

const char* const fragmentShader = R"(//VTK::System::Dec
//VTK::Output::Dec
in vec4 colour;
in float radius;
uniform float opacity;
uniform float rim;
uniform int shape; // 0: disc, 1: diamond
uniform vec3 ground;
void main() {
    vec2 p = (gl_PointCoord * 2.0 - 1.0) * (radius + 0.5);
    float inside = shape == 1 ? (radius - abs(p.x) - abs(p.y)) * 0.7071 : radius - length(p);
    float cover = clamp(inside + 0.5, 0.0, 1.0);
    if (cover <= 0.0)
        discard;
    vec3 c = colour.rgb;
    if (shape == 1)
        c = mix(ground, c, clamp(inside - 0.4, 0.0, 1.0));
    else
        c = mix(c, c * 0.72, rim * (1.0 - clamp(inside, 0.0, 1.0)));
    gl_FragData[0] = vec4(c, cover * opacity * colour.a);
}
)";

} // namespace

void PointBatch::setPoints(ScenePoints points) {
    points_ = std::move(points);
    placesChanged_ = coloursChanged_ = true;
    sorted_.clear();
}

void PointBatch::setColours(std::vector<Rgba> colours) {
    if (colours.size() != points_.colours.size())
        return;
    points_.colours = std::move(colours);
    coloursChanged_ = true;
}

void PointBatch::release() {
    places_->ReleaseGraphicsResources();
    colours_->ReleaseGraphicsResources();
    order_->ReleaseGraphicsResources();
    arrays_->ReleaseGraphicsResources();
    placesChanged_ = coloursChanged_ = true;
    bound_ = false;
    sorted_.clear();
}

void PointBatch::upload(vtkShaderProgram* program) {
    if (placesChanged_)
        places_->Upload(points_.places, vtkOpenGLBufferObject::ArrayBuffer);
    if (coloursChanged_)
        colours_->Upload(points_.colours.data(), points_.colours.size(), vtkOpenGLBufferObject::ArrayBuffer);
    arrays_->Bind();
    if (!bound_) {
        arrays_->AddAttributeArray(program, places_, "place", 0, 3 * sizeof(float), VTK_FLOAT, 3, false);
        arrays_->AddAttributeArray(program, colours_, "tint", 0, sizeof(Rgba), VTK_UNSIGNED_CHAR, 4, true);
        bound_ = true;
    }
    placesChanged_ = coloursChanged_ = false;
}

void PointBatch::sortFromBack(size_t count, const double* back) {
    const std::array<double, 3> direction{back[0], back[1], back[2]};
    if (sorted_.size() == count && sortedFor_ == direction)
        return;
    std::vector<float> along(count);
    for (size_t i = 0; i < count; ++i) {
        const float* p = points_.places.data() + 3 * i;
        along[i] = static_cast<float>(p[0] * back[0] + p[1] * back[1] + p[2] * back[2]);
        if (!std::isfinite(along[i]))
            along[i] = 0;
    }
    // A counting sort into 65,536 depths: finer than the eye can tell, and linear.
    const auto [low, high] = std::minmax_element(along.begin(), along.end());
    const float least = *low, scale = *high > *low ? 65535.0F / (*high - *low) : 0;
    std::vector<uint32_t> begin(65537, 0);
    const auto key = [&](size_t i) { return static_cast<size_t>((along[i] - least) * scale); };
    for (size_t i = 0; i < count; ++i)
        ++begin[key(i) + 1];
    for (size_t k = 1; k < begin.size(); ++k)
        begin[k] += begin[k - 1];
    sorted_.resize(count);
    for (size_t i = 0; i < count; ++i)
        sorted_[begin[key(i)]++] = static_cast<uint32_t>(i);
    sortedFor_ = direction;
    order_->Upload(sorted_, vtkOpenGLBufferObject::ElementArrayBuffer);
}

void PointBatch::draw(vtkShaderProgram* program, size_t count, const double* back) {
    count = std::min(count, size());
    if (count == 0)
        return;
    upload(program);
    if (back) {
        sortFromBack(count, back);
        order_->Bind();
        glDrawElements(GL_POINTS, static_cast<GLsizei>(count), GL_UNSIGNED_INT, nullptr);
        order_->Release();
    } else {
        glDrawArrays(GL_POINTS, 0, static_cast<GLsizei>(count));
    }
    arrays_->Release();
}

void PointLayer::setPerspective(double reference, double nearest, double farthest) {
    reference_ = reference;
    nearest_ = nearest;
    farthest_ = farthest;
}

void PointLayer::setUniforms(vtkShaderProgram* program, vtkViewport* viewport) const {
    auto* renderer = vtkRenderer::SafeDownCast(viewport);
    auto matrix = clipMatrix(renderer, origin_);
    program->SetUniformMatrix4x4("toClip", matrix.data());
    const float ground[3]{look_.background.r / 255.0F, look_.background.g / 255.0F,
                          look_.background.b / 255.0F};
    const float fade[2]{static_cast<float>(nearest_), static_cast<float>(farthest_)};
    program->SetUniform3f("ground", ground);
    program->SetUniform2f("fade", fade);
    program->SetUniformf("fadeMost", 0.42F);
    program->SetUniformf("reference", static_cast<float>(reference_));
}

int PointLayer::RenderOpaqueGeometry(vtkViewport* viewport) {
    auto* window = vtkOpenGLRenderWindow::SafeDownCast(viewport->GetVTKWindow());
    if (std::all_of(batches_.begin(), batches_.end(), [](const PointBatch& b) { return b.empty(); }))
        return 0;
    vtkShaderProgram* program =
        window->GetShaderCache()->ReadyShaderProgram(vertexShader, fragmentShader, "");
    if (!program)
        return 0;
    setUniforms(program, viewport);
    vtkOpenGLState* state = window->GetState();
    vtkOpenGLState::ScopedglEnableDisable blendSaver(state, GL_BLEND), depthSaver(state, GL_DEPTH_TEST);
    vtkOpenGLState::ScopedglBlendFuncSeparate functionSaver(state);
    vtkOpenGLState::ScopedglDepthMask maskSaver(state);
    state->vtkglEnable(GL_BLEND);
    state->vtkglBlendFuncSeparate(GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA, GL_ONE, GL_ONE_MINUS_SRC_ALPHA);
    glEnable(GL_PROGRAM_POINT_SIZE);
    double back[3]{};
    vtkRenderer::SafeDownCast(viewport)->GetActiveCamera()->GetViewPlaneNormal(back);
    for (size_t index = 0; index < batches_.size(); ++index) {
        PointBatch& batch = batches_[index];
        const double part = index == 0 ? fraction_ : 1;
        const auto count = static_cast<size_t>(std::ceil(part * static_cast<double>(batch.size())));
        const bool solid = reference_ > 0, sorted = solid && count <= sortLimit;
        if (solid && !sorted) {
            state->vtkglEnable(GL_DEPTH_TEST);
            state->vtkglDepthMask(GL_TRUE);
        } else {
            state->vtkglDisable(GL_DEPTH_TEST);
            state->vtkglDepthMask(GL_FALSE);
        }
        const double size = index == 2 ? look_.sampleSize : look_.pointSize * (index == 1 ? 1.25 : 1);
        program->SetUniformf("size", static_cast<float>(size));
        program->SetUniformf("opacity",
                             static_cast<float>(index == 0 ? look_.opacity : std::max(look_.opacity, 0.9)));
        program->SetUniformf("rim", look_.rim && size > 4 ? 1.0F : 0.0F);
        program->SetUniformi("shape", index == 2 ? 1 : 0);
        batch.draw(program, count, sorted ? back : nullptr);
    }
    glDisable(GL_PROGRAM_POINT_SIZE);
    return 1;
}

void PointLayer::ReleaseGraphicsResources(vtkWindow*) {
    for (PointBatch& batch : batches_)
        batch.release();
}

} // namespace galatea
