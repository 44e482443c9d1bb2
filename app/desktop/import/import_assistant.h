#pragma once
// From files of any kind to a data set, step by step in view: what the files are, which band each holds, what
// will be found or made of them, and how the import goes.

#include <map>
#include <optional>

#include <QDialog>

#include "app/desktop/import/import_sources.h"
#include "app/desktop/workspace.h"
#include "data/import.h"
#include "data/survey/import_frames.h"

class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;
class QLineEdit;
class QProgressBar;
class QPushButton;
class QSlider;
class QSpinBox;
class QStackedWidget;
class QTreeWidget;
class QTreeWidgetItem;

namespace galatea {

class ImportPreview;
class OptionForm;

class ImportAssistant : public QDialog {
    Q_OBJECT
  public:
    explicit ImportAssistant(Workspace& workspace, QWidget* parent = nullptr);
    ~ImportAssistant() override;

    /// Looks at the files in a job and lists them.
    void addSources(const QStringList& paths);
    void setOutput(const QString& path);
    bool importing() const { return job_ != 0; }
    bool settled() const; ///< nothing is being looked at, previewed or imported

  Q_SIGNALS:
    void imported(const QString& path); ///< a data set was written

  public Q_SLOTS:
    void start();
    void reject() override;

  protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

  private:
    /// What an import came to, whichever kind it was.
    struct Outcome {
        int64_t images = 0;
        QString summary;
        QStringList problems;
    };

    QWidget* buildFiles();
    QWidget* buildFramesPage();
    QWidget* buildImagesPage();
    QWidget* buildJoin();
    QWidget* buildOutput();
    QLineEdit* pathLine(const QString& name, const QString& hint, const QString& title, QWidget* parent);

    void adopt(const ImportSources& found);
    void listSources();
    void listImageArrays();
    void setKind(ImportKind kind);
    void showChosen();
    void openImages(const QString& path);
    void detectionChanged();
    void transformChanged();
    void removeChosen();
    void updateState();
    QString whatIsMissing() const;
    QStringList usedPaths() const;
    survey::SurveyOptions surveyOptions() const;
    ImportOptions imageOptions() const;
    JoinRequest joinRequest() const;
    void showProgress();
    void finished(const Outcome& outcome);
    void failed(const JobError& error);
    void tellProblems(const QStringList& problems);

    Workspace& workspace_;
    ImportSources found_;
    std::map<std::string, std::string> bandOf_; ///< by file, where the person said it
    survey::SurveyOptions survey_;
    TransformOptions transform_;
    DatasetPtr images_; ///< of the chosen file
    int looking_ = 0;   ///< jobs that look at files
    JobId job_ = 0;
    QString output_;

    ImportPreview* preview_;
    QTreeWidget* files_;
    QComboBox *kind_, *joinOn_, *imagesName_;
    QStackedWidget* pages_;
    QSlider* sigma_;
    QDoubleSpinBox *sigmaBox_, *radius_;
    QSpinBox *cutoutSize_, *crop_, *resize_, *index_;
    QCheckBox *gray_, *rescale_;
    QLineEdit *positions_, *join_, *outputLine_, *bandNames_;
    OptionForm* more_;
    QProgressBar* progress_;
    QLabel *status_, *problems_;
    QWidget* problemArea_;
    QPushButton *start_, *cancel_;
};

} // namespace galatea
