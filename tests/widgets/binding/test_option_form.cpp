#include <QCheckBox>
#include <QComboBox>
#include <QLabel>
#include <QLineEdit>
#include <QSignalSpy>
#include <QTest>

#include "widgets/binding/option_form.h"

using namespace galatea;

namespace {
struct Options {
    bool flips = true;
    int64_t latent = 20;
    double rate = 3e-4;
    std::string kernel = "cubic";
    std::string title;
    std::vector<int64_t> filters{32, 16};
};

OptionSet describe(Options& options) {
    OptionSet set;
    set.add("flips", options.flips, "turn images over");
    set.add("latent", options.latent, "latent variables", {.min = 1, .max = 64});
    set.add("learning_rate", options.rate, "Adam's step", {.min = 0, .unit = "per step"});
    set.add("kernel", options.kernel, "resampling", {.choices = {"cubic", "lanczos3"}});
    set.add("title", options.title, "shown above");
    set.add("filters", options.filters, "channels of each block");
    return set;
}
} // namespace

class TestOptionForm : public QObject {
    Q_OBJECT
    template <class T>
    static T* control(const OptionForm& form, const char* name) {
        return qobject_cast<T*>(form.control(name));
    }
    static void type(QLineEdit* line, const QString& text) {
        line->selectAll();
        QTest::keyClicks(line, text);
    }

  private Q_SLOTS:
    void showsTheStruct() {
        Options options;
        const OptionForm form(describe(options), {"title"});
        QVERIFY(control<QCheckBox>(form, "flips")->isChecked());
        QCOMPARE(control<QLineEdit>(form, "latent")->text(), "20");
        QCOMPARE(control<QLineEdit>(form, "learning_rate")->text().toDouble(), 3e-4);
        QCOMPARE(control<QComboBox>(form, "kernel")->currentText(), "cubic");
        QCOMPARE(control<QLineEdit>(form, "filters")->text(), "32, 16");
        QVERIFY(!form.control("title")); // hidden: shown elsewhere
        QCOMPARE(optionLabel("learning_rate"), "Learning rate");
    }

    void whatIsTypedGoesIntoTheStruct() {
        Options options;
        OptionForm form(describe(options));
        QSignalSpy changed(&form, &OptionForm::changed);
        type(control<QLineEdit>(form, "latent"), "32");
        QCOMPARE(options.latent, int64_t{32});
        type(control<QLineEdit>(form, "learning_rate"), "1e-3");
        QCOMPARE(options.rate, 1e-3);
        type(control<QLineEdit>(form, "filters"), "8, 4,2");
        QCOMPARE(options.filters, (std::vector<int64_t>{8, 4, 2}));
        type(control<QLineEdit>(form, "title"), "a=b, c");
        QCOMPARE(options.title, "a=b, c");
        control<QComboBox>(form, "kernel")->setCurrentText("lanczos3");
        QCOMPARE(options.kernel, "lanczos3");
        control<QCheckBox>(form, "flips")->setChecked(false);
        QVERIFY(!options.flips);
        QVERIFY(changed.size() >= 6);
        QVERIFY(form.valid());
    }

    void whatLimitsRefuseIsSaidAndLeftOut() {
        Options options;
        OptionForm form(describe(options));
        form.show();
        QLineEdit* latent = control<QLineEdit>(form, "latent");
        type(latent, "99");
        QCOMPARE(options.latent, int64_t{9}); // what was typed up to there
        QVERIFY(!form.valid());
        const auto* fault = latent->parentWidget()->findChild<QLabel*>();
        QVERIFY(fault && fault->isVisible() && fault->text().contains("64"));
        type(latent, "x");
        QVERIFY(!form.valid());
        type(latent, "7");
        QVERIFY(form.valid() && !fault->isVisible());
        QCOMPARE(options.latent, int64_t{7});
    }

    void resetsToDefaults() {
        Options options;
        OptionForm form(describe(options));
        type(control<QLineEdit>(form, "latent"), "5");
        form.resetAll();
        QCOMPARE(options.latent, int64_t{20});
        QCOMPARE(control<QLineEdit>(form, "latent")->text(), "20");
    }
};

QTEST_MAIN(TestOptionForm)
#include "test_option_form.moc"
