"""Reads an MP3's tags with mutagen, and prints them as JSON: name it as the argument."""
import hashlib
import json
import sys

from mutagen.mp3 import MP3

mp3 = MP3(sys.argv[1])
tags = mp3.tags
cover = tags.getall("APIC")
json.dump(
    {
        "version": list(tags.version),
        "durationSeconds": mp3.info.length,
        "texts": {key: [str(text) for text in tags[key].text] for key in tags if key[0] == "T"},
        "comments": [comment.text[0] for comment in tags.getall("COMM")],
        "covers": [{"mime": c.mime, "type": int(c.type), "sha256": hashlib.sha256(c.data).hexdigest()} for c in cover],
        "chapters": [
            {
                "id": chapter.element_id,
                "startMs": chapter.start_time,
                "endMs": chapter.end_time,
                "title": str(chapter.sub_frames["TIT2"]),
                "url": chapter.sub_frames["WXXX:"].url if "WXXX:" in chapter.sub_frames else None,
                "images": [
                    {"mime": picture.mime, "sha256": hashlib.sha256(picture.data).hexdigest()}
                    for picture in chapter.sub_frames.getall("APIC")
                ],
            }
            for chapter in sorted(tags.getall("CHAP"), key=lambda chapter: chapter.start_time)
        ],
        "contents": [
            {"flags": int(toc.flags), "children": toc.child_element_ids} for toc in tags.getall("CTOC")
        ],
    },
    sys.stdout,
)
