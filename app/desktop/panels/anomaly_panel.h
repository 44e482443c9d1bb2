#pragma once
// Which objects are strange: scores, a ranked gallery, a histogram with four thresholds and five regions, and
// where a column tells the classes, how well the scores part them.

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include <QWidget>

#include "anomaly/scores.h"
#include "app/desktop/scoring.h"
#include "app/desktop/workspace.h"
#include "widgets/gallery/gallery_view.h"

class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QToolButton;

namespace galatea {

class AnomalyDetail;
class Histogram;
class LineChart;
class ReasonLabel;

/// The five regions from low to high scores, and what regionLabel() calls them.
inline constexpr const char* anomalyRegions[5] = {"surely normal", "probably normal", "undecided",
                                                  "probably strange", "surely strange"};
inline constexpr const char* anomalyRegionLabels[5] = {"0", "0.2", "0.5", "0.8", "1"};

class AnomalyPanel : public QWidget {
    Q_OBJECT
  public:
    using Score = ScoreKind;

    explicit AnomalyPanel(Workspace& workspace, QWidget* parent = nullptr);

    void compute();
    void cancel();
    bool running() const { return job_ != 0; }
    const std::vector<double>& scores() const { return scores_; } ///< one per object; empty before
    const GalleryModel& ranking() const { return ranked_; }
    /// True once the order follows the opinions given so far.
    bool ranksFollow() const { return !ranking_.busy(); }
    AnomalyDetail& detail() { return *detail_; }
    GalleryView& gallery() { return *gallery_; }
    Histogram& histogram() { return *histogram_; }
    LineChart& roc() { return *roc_; }
    std::optional<RegionThresholds> thresholds() const { return thresholds_; }
    /// Scores of another time, as a session kept them, and the thresholds that were set for them.
    void restore(std::vector<double> scores, const std::optional<RegionThresholds>& thresholds);
    void exportTo(const QString& path); ///< id, score and region of every object, by the name's ending

  Q_SIGNALS:
    void ended(); ///< scored, cancelled or failed
    void exported(const QString& path);

  protected:
    void changeEvent(QEvent* event) override;

  private:
    struct Classes {
        std::vector<double> normal, strange, all;
        std::vector<uint8_t> isStrange; ///< of `all`
    };
    QWidget* buildScore();
    QWidget* buildRanking();
    QWidget* buildThresholds();
    QWidget* buildLabels();
    void connectDocument();
    void updateState();
    QString hindrance(Score score) const;
    Score chosen() const;
    void adopt(std::vector<double> scores, const Scoring& by);
    void clear();
    void fillColumns();
    void fillClasses();
    void labelsChanged();
    void scoresOrClassesChanged();
    Classes classes() const;
    void proposeThresholds();
    void setThresholds(const RegionThresholds& thresholds, const QString& from);
    void readThresholds();
    void showThresholds();
    void showHistogram();
    void showRegions();
    void showRoc();
    void showTally();
    std::array<size_t, 6> regionBounds() const;
    void learn();
    void rank();
    void setProvider();

    Workspace& workspace_;
    Document& document_;
    ThumbnailLoader loader_;
    GalleryModel ranked_;
    std::vector<double> scores_;
    std::vector<int64_t> order_;   ///< objects with a finite score, ascending
    std::vector<int64_t> learned_; ///< the same with the person's opinions; empty without any
    LatestWins ranking_;
    Classes classes_;
    std::optional<RegionThresholds> thresholds_;
    QString thresholdsFrom_;
    JobId job_ = 0;
    bool filling_ = false;

    QLabel* empty_;
    ReasonLabel* reason_;
    QWidget* content_;
    QComboBox *score_, *region_, *column_, *normal_;
    QPushButton *run_, *cancel_;
    QToolButton *normalFirst_, *propose_, *export_, *logarithmic_, *logarithmicX_;
    QLabel *status_, *from_, *tally_, *auc_;
    GalleryView* gallery_;
    Histogram* histogram_;
    QLineEdit* limit_[4];
    LineChart* roc_;
    AnomalyDetail* detail_;
};

} // namespace galatea
