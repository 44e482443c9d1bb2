#include "app/desktop/sessions/session_questions.h"

#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QLocale>
#include <QMessageBox>
#include <QPushButton>

namespace galatea {

namespace {

QString fileName(const QString& path) {
    return shown(QFileInfo(path).fileName().toStdString());
}

SessionQuestions::Unsaved askAboutUnsaved(QWidget* window, const QString& name) {
    QMessageBox box(QMessageBox::Question, "Galatea",
                    name.isEmpty() ? QString("This session was never saved. Save it first?")
                                   : QString::fromUtf8("“%1” has changed. Save it first?").arg(name),
                    QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, window);
    box.setObjectName("unsavedQuestion");
    box.setTextFormat(Qt::PlainText);
    box.setDefaultButton(QMessageBox::Save);
    const int answer = box.exec();
    return answer == QMessageBox::Save      ? SessionQuestions::Unsaved::Save
           : answer == QMessageBox::Discard ? SessionQuestions::Unsaved::Discard
                                            : SessionQuestions::Unsaved::Cancel;
}

SessionQuestions::Elsewhere askAboutElsewhere(QWidget* window, const QString& session,
                                              const LockOwner& owner) {
    QMessageBox box(QMessageBox::Question, "Galatea",
                    QString::fromUtf8("“%1” is open in %2.").arg(fileName(session), owner.sentence()) +
                        (owner.thisHost
                             ? QString()
                             : QString("\n\nIf that window is gone, as after a crash, the session can be "
                                       "taken over; whether it is cannot be seen from here.")),
                    QMessageBox::NoButton, window);
    box.setObjectName("elsewhereQuestion");
    box.setTextFormat(Qt::PlainText);
    const QPushButton* copy = box.addButton("Open a copy", QMessageBox::AcceptRole);
    const QPushButton* look = box.addButton("Only look at it", QMessageBox::AcceptRole);
    const QPushButton* take =
        owner.thisHost ? nullptr : box.addButton("Take it over", QMessageBox::DestructiveRole);
    box.setDefaultButton(box.addButton(QMessageBox::Cancel));
    box.exec();
    const auto* clicked = box.clickedButton();
    return clicked == copy           ? SessionQuestions::Elsewhere::Copy
           : clicked == look         ? SessionQuestions::Elsewhere::ReadOnly
           : take && clicked == take ? SessionQuestions::Elsewhere::TakeOver
                                     : SessionQuestions::Elsewhere::Cancel;
}

QString askWhere(QWidget* window, const SessionFileFault& fault) {
    QMessageBox box(
        QMessageBox::Question, "Galatea",
        fault.changed
            ? QString::fromUtf8("“%1” has changed since the session was saved.").arg(fileName(fault.path))
            : QString::fromUtf8("“%1” (%2 of the session) is not where it was:\n%3")
                  .arg(fileName(fault.path), fault.kind, shown(QFileInfo(fault.path).path().toStdString())),
        QMessageBox::NoButton, window);
    box.setObjectName("locateQuestion");
    box.setTextFormat(Qt::PlainText);
    const QPushButton* use =
        fault.changed ? box.addButton("Use it as it is", QMessageBox::AcceptRole) : nullptr;
    const QPushButton* locate = box.addButton(QString::fromUtf8("Locate …"), QMessageBox::ActionRole);
    box.addButton("Leave it out", QMessageBox::RejectRole);
    box.setDefaultButton(const_cast<QPushButton*>(use ? use : locate));
    box.exec();
    if (use && box.clickedButton() == use)
        return fault.path;
    if (box.clickedButton() != locate)
        return {};
    const QString title = QString::fromUtf8("Where is %1?").arg(fileName(fault.path));
    const bool folder = QFileInfo(fault.path).suffix().isEmpty();
    return folder
               ? QFileDialog::getExistingDirectory(window, title)
               : QFileDialog::getOpenFileName(
                     window, title, {}, QString("*.%1;;All files (*)").arg(QFileInfo(fault.path).suffix()));
}

QString askForBundle(QWidget* window, const QString& proposed, qint64 bytes) {
    return QFileDialog::getSaveFileName(
        window,
        QString::fromUtf8("A new folder with everything inside (%1)").arg(QLocale().formattedDataSize(bytes)),
        proposed, "Folder (*)");
}

} // namespace

SessionQuestions sessionDialogs(QWidget* window) {
    SessionQuestions questions;
    questions.unsaved = [window](const QString& name) { return askAboutUnsaved(window, name); };
    questions.elsewhere = [window](const QString& session, const LockOwner& owner) {
        return askAboutElsewhere(window, session, owner);
    };
    questions.locate = [window](const SessionFileFault& fault) { return askWhere(window, fault); };
    questions.saveAs = [window](const QString& proposed) {
        return QFileDialog::getSaveFileName(window, "Save session", proposed, "Sessions (*.galatea)");
    };
    questions.bundle = [window](const QString& proposed, qint64 bytes) {
        return askForBundle(window, proposed, bytes);
    };
    return questions;
}

} // namespace galatea
