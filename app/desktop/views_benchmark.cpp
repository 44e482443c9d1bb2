#include "app/desktop/views_benchmark.h"

#include <cmath>
#include <cstdio>
#include <thread>

#include <QDockWidget>
#include <QScrollBar>
#include <QVBoxLayout>

#include "app/desktop/bench_parts.h"
#include "app/desktop/commands/document_commands.h"
#include "app/desktop/heartbeat.h"
#include "app/desktop/panels/gallery_panel.h"
#include "app/desktop/panels/table_panel.h"
#include "core/expression.h"

namespace galatea {

namespace {

constexpr int patience = 300'000; // ms
constexpr const char* filterText = "r < 20 && component == 3 && label != \"artifact\"";

/// A number from 0 to 1 that looks random, from its place.
double scattered(uint64_t z) {
    z += 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return static_cast<double>((z ^ (z >> 31)) >> 11) * 0x1p-53;
}

/// Objects whose small pictures are made when they are asked for.
class MadeObjects : public Dataset {
  public:
    explicit MadeObjects(int64_t count) : count_(count) {
        info_.name = "made objects";
        info_.channels = 1;
        info_.height = info_.width = 32;
        const auto rows = static_cast<size_t>(count);
        std::vector<int64_t> id(rows), component(rows);
        std::vector<double> g(rows), r(rows), redshift(rows);
        std::vector<std::string> label(rows);
        const char* names[] = {"spiral", "elliptical", "merger", "artifact", ""};
        for (size_t row = 0; row < rows; ++row) {
            id[row] = static_cast<int64_t>(row) + 587722984435351614;
            component[row] = 1 + static_cast<int64_t>(6 * scattered(7 * row));
            r[row] = 14 + 8 * std::sqrt(scattered(7 * row + 1));
            g[row] = r[row] + scattered(7 * row + 2);
            redshift[row] = row % 50 == 0 ? std::nan("") : scattered(7 * row + 3);
            label[row] = names[static_cast<size_t>(5 * scattered(7 * row + 4))];
        }
        catalog_.set({"id", std::move(id)});
        catalog_.set({"r", std::move(r), "mag"});
        catalog_.set({"g", std::move(g), "mag"});
        catalog_.set({"redshift", std::move(redshift)});
        catalog_.set({"component", std::move(component)});
        catalog_.set({"label", std::move(label)});
    }
    const DatasetInfo& info() const override { return info_; }
    int64_t size() const override { return count_; }
    const Table& catalog() const override { return catalog_; }
    Array read(std::span<const int64_t> rows) const override {
        Array images({static_cast<int64_t>(rows.size()), 1, info_.height, info_.width});
        for (size_t i = 0; i < rows.size(); ++i) {
            const double width = 4 + 6 * scattered(static_cast<uint64_t>(rows[i]));
            for (int64_t y = 0; y < info_.height; ++y)
                for (int64_t x = 0; x < info_.width; ++x)
                    images.at(static_cast<int64_t>(i), 0, y, x) = static_cast<float>(std::exp(
                        -(static_cast<double>((x - 16) * (x - 16) + (y - 16) * (y - 16))) / (2 * width)));
        }
        return images;
    }

  private:
    DatasetInfo info_;
    int64_t count_;
    Table catalog_;
};

/// A workspace with one panel in a window of its own.
template <class Panel>
struct OpenPanel {
    Workspace workspace;
    QWidget window;
    Panel* panel;
    explicit OpenPanel(int64_t rows) : panel(new Panel(workspace, &window)) {
        auto* column = new QVBoxLayout(&window);
        column->setContentsMargins(0, 0, 0, 0);
        column->addWidget(panel);
        window.resize(1200, 700);
        window.show();
        const auto objects = std::make_shared<const MadeObjects>(rows);
        workspace.document.setData({objects, {}, objects, {}});
    }
    bool settles() {
        return waitFor([this] { return workspace.columns.idle() && workspace.reader.idle(); }, patience);
    }
};

/// What the window's thread was kept from while `work` went on and until it is `done`.
Json stalls(const std::function<void()>& work, const std::function<bool()>& done) {
    Heartbeat heartbeat;
    heartbeat.start();
    QElapsedTimer clock;
    clock.start();
    work();
    const bool finished = waitFor(done, patience);
    const double time = milliseconds(clock);
    waitFor([&] { return clock.elapsed() > time + 300; }, 1000); // what follows belongs to it
    return {{"milliseconds", finished ? time : -1},
            {"longest_stall_milliseconds", heartbeat.longestStall()},
            {"event_loop_milliseconds", spread(heartbeat.beats())}};
}

/// As hands scroll: by lines, by pages, dragging the bar, to both ends.
Json scrolling(QScrollBar& bar, int duration) {
    int step = 0;
    QTimer hand;
    hand.setInterval(16);
    QObject::connect(&hand, &QTimer::timeout, &bar, [&] {
        ++step;
        const int kind = (step / 40) % 4;
        if (kind == 0)
            bar.setValue(bar.value() + 3 * bar.singleStep());
        else if (kind == 1)
            bar.setValue(bar.value() + bar.pageStep());
        else if (kind == 2)
            bar.setValue(static_cast<int>(bar.maximum() * std::fabs(std::sin(0.07 * step))));
        else
            bar.setValue(step % 20 < 10 ? 0 : bar.maximum());
    });
    QElapsedTimer clock;
    clock.start();
    hand.start();
    const auto over = [&] { return clock.elapsed() >= duration; };
    Json report = stalls([] {}, over);
    report["steps"] = step;
    return report;
}

Json measureTable(int64_t rows, const ViewsBenchOptions& options) {
    std::fprintf(stderr, "galatea: table of %lld rows\n", static_cast<long long>(rows));
    OpenPanel<TablePanel> open(rows);
    Document& document = open.workspace.document;
    TablePanel& panel = *open.panel;
    const auto idle = [&] { return open.workspace.columns.idle(); };
    waitFor([&] { return panel.isVisible(); }, 5000);
    Json report{{"view", "table"}, {"rows", rows}};
    report["scroll_while_statistics_are_found"] =
        scrolling(*panel.view().verticalScrollBar(), options.scrollMilliseconds);
    open.settles();
    report["scroll"] = scrolling(*panel.view().verticalScrollBar(), options.scrollMilliseconds);
    report["sort"] = stalls([&] { panel.sortBy("r", false); }, idle);
    report["sort_by_text"] = stalls([&] { panel.sortBy("label", true); }, idle);
    auto* field = panel.findChild<QLineEdit*>("filterEdit");
    field->setText(filterText);
    report["filter"] = stalls([&] { panel.applyFilter(); }, [&] { return !document.filter().empty(); });
    open.settles();
    report["scroll_filtered"] = scrolling(*panel.view().verticalScrollBar(), options.scrollMilliseconds);
    report["filter_kept"] = document.filter().kept;
    report["undo_filter"] = stalls([&] { document.undoStack().undo(); }, idle);
    open.settles();
    std::vector<int64_t> half;
    for (int64_t row = 0; row < rows; row += 2)
        half.push_back(row);
    report["select_half"] = stalls([&] { commands::select(document, std::move(half)); }, idle);
    std::vector<double> times;
    const Expression expression(filterText, *document.columns());
    for (int i = 0; i < options.repeats; ++i) {
        QElapsedTimer clock;
        clock.start();
        expression.test(rows);
        times.push_back(milliseconds(clock));
    }
    report["filter_evaluation_milliseconds"] = spread(times);
    report["filter_expression"] = filterText;
    return report;
}

Json measureGallery(int64_t rows, const ViewsBenchOptions& options) {
    std::fprintf(stderr, "galatea: gallery of %lld thumbnails\n", static_cast<long long>(rows));
    OpenPanel<GalleryPanel> open(rows);
    Document& document = open.workspace.document;
    const auto idle = [&] { return open.workspace.columns.idle() && !open.panel->busy(); };
    open.settles();
    Json report{{"view", "gallery"}, {"rows", rows}};
    report["scroll"] = scrolling(*open.panel->view().verticalScrollBar(), options.scrollMilliseconds);
    report["filter"] = stalls(
        [&] {
            RowFilter filter{"every other", {}, rows / 2};
            auto keep = std::make_shared<std::vector<uint8_t>>(static_cast<size_t>(rows));
            for (size_t row = 0; row < keep->size(); row += 2)
                (*keep)[row] = 1;
            filter.keep = keep;
            commands::filter(document, filter);
        },
        idle);
    std::vector<int64_t> part;
    for (int64_t row = 0; row < rows; row += 3)
        part.push_back(row);
    report["select_a_third"] = stalls([&] { commands::select(document, std::move(part)); }, idle);
    return report;
}

} // namespace

Json runViewsBenchmark(const ViewsBenchOptions& options) {
    Json report{
        {"suite", "views"}, {"threads", std::thread::hardware_concurrency()}, {"results", Json::array()}};
    for (const int64_t rows : options.tableRows)
        report["results"].push_back(measureTable(rows, options));
    for (const int64_t rows : options.galleryRows)
        report["results"].push_back(measureGallery(rows, options));
    return report;
}

} // namespace galatea
